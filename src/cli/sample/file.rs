//! Samples as arrays for other programs.

use safetensors::tensor::{Dtype, TensorView};

use super::Drawn;

/// Multiple of which the header of a `.npy` file is long.
const ALIGNMENT: usize = 64;

/// The samples as NumPy's `.npy`, format 1.0: little-endian float32 in C order.
pub(super) fn npy(drawn: &Drawn) -> Vec<u8> {
    let shape: Vec<String> = sizes(drawn).iter().map(usize::to_string).collect();
    let mut header = format!(
        "{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}",
        shape.join(", ")
    );
    let begin = b"\x93NUMPY\x01\x00\x00\x00".len();
    let whole = (begin + header.len() + 1).next_multiple_of(ALIGNMENT);
    header.push_str(&" ".repeat(whole - begin - header.len() - 1));
    header.push('\n');
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    // Four sizes of a few digits are far from 65,535 letters.
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(bytes(&drawn.samples));
    file
}

/// `samples`, `latents` and, where classes were asked for, `labels`.
pub(super) fn safetensors(drawn: &Drawn, latent_dim: usize) -> anyhow::Result<Vec<u8>> {
    let count = drawn.z.len() / latent_dim;
    let labels: Vec<u8> = drawn
        .labels
        .iter()
        .flat_map(|&label| (label as i64).to_le_bytes())
        .collect();
    let (samples, latents) = (bytes(&drawn.samples), bytes(&drawn.z));
    let mut tensors = vec![
        (
            "samples",
            TensorView::new(Dtype::F32, sizes(drawn), &samples)?,
        ),
        (
            "latents",
            TensorView::new(Dtype::F32, vec![count, latent_dim], &latents)?,
        ),
    ];
    if !labels.is_empty() {
        tensors.push(("labels", TensorView::new(Dtype::I64, vec![count], &labels)?));
    }
    Ok(safetensors::serialize(tensors, None)?)
}

/// `[n, channels, height, width]`, or `[n, dimensions]` of points.
fn sizes(drawn: &Drawn) -> Vec<usize> {
    let size: usize = drawn.shape.iter().product();
    let count = drawn.samples.len() / size;
    match drawn.shape {
        [dimensions, 1, 1] => vec![count, dimensions],
        [channels, height, width] => vec![count, channels, height, width],
    }
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}
