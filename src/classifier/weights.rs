//! The classifier as a safetensors file that says what it was made by.

use std::collections::HashMap;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};

use super::network::{CLASSES, MOST_CLASSES, Network, check, layout};
use super::{Classifier, ClassifierError, VERSION};

/// The one key of the metadata. One, because the format writes several in no fixed order.
pub(super) const METADATA: &str = "gan-sweep";

#[derive(Serialize, Deserialize)]
struct Origin {
    version: u32,
    /// Left out where it is what every file had before it was written.
    #[serde(default = "grey", skip_serializing_if = "is_grey")]
    channels: usize,
    height: usize,
    width: usize,
    /// As `channels`.
    #[serde(default = "ten", skip_serializing_if = "is_ten")]
    classes: usize,
    accuracy: f64,
    trained_on: String,
}

fn grey() -> usize {
    1
}

fn is_grey(channels: &usize) -> bool {
    *channels == grey()
}

fn ten() -> usize {
    MOST_CLASSES
}

fn is_ten(classes: &usize) -> bool {
    *classes == ten()
}

impl Classifier {
    /// Reads what [`Self::to_safetensors`] wrote.
    ///
    /// # Errors
    /// A [`ClassifierError`] for any other file.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, ClassifierError> {
        let (_, header) = SafeTensors::read_metadata(bytes)?;
        let text = header
            .metadata()
            .as_ref()
            .and_then(|m| m.get(METADATA))
            .ok_or(ClassifierError::Metadata(None))?;
        let origin: Origin =
            serde_json::from_str(text).map_err(|e| ClassifierError::Metadata(Some(e)))?;
        if origin.version != VERSION {
            return Err(ClassifierError::Version {
                found: origin.version,
            });
        }
        let shape = [origin.channels, origin.height, origin.width];
        check(shape)?;
        let classes = origin.classes;
        if !CLASSES.contains(&classes) {
            return Err(ClassifierError::Metadata(None));
        }
        let tensors = SafeTensors::deserialize(bytes)?;
        let mut parameters = Vec::new();
        for (name, shape) in layout(shape, classes) {
            let values = tensors
                .tensor(name)
                .ok()
                .filter(|t| t.dtype() == Dtype::F32 && t.shape() == shape)
                .map(|t| floats(t.data()))
                .filter(|values| values.iter().all(|x| x.is_finite()));
            parameters.push(values.ok_or(ClassifierError::Tensor { name, shape })?);
        }
        Ok(Self {
            network: Network {
                shape,
                classes,
                parameters,
            },
            accuracy: origin.accuracy,
            trained_on: origin.trained_on,
        })
    }

    /// The weights as `f32`, with accuracy and origin in the metadata. The same bytes for the same
    /// classifier.
    ///
    /// # Errors
    /// [`ClassifierError::Format`] if the format cannot hold them.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, ClassifierError> {
        let Network { shape, classes, .. } = self.network;
        let [channels, height, width] = shape;
        let origin = serde_json::to_string(&Origin {
            version: VERSION,
            channels,
            height,
            width,
            classes,
            accuracy: self.accuracy,
            trained_on: self.trained_on.clone(),
        })
        .map_err(|e| ClassifierError::Metadata(Some(e)))?;
        let bytes: Vec<Vec<u8>> = self
            .network
            .parameters
            .iter()
            .map(|values| values.iter().flat_map(|x| x.to_le_bytes()).collect())
            .collect();
        let mut views = Vec::new();
        for ((name, dims), bytes) in layout(shape, classes).into_iter().zip(&bytes) {
            views.push((name, TensorView::new(Dtype::F32, dims, bytes)?));
        }
        let metadata = HashMap::from([(METADATA.to_owned(), origin)]);
        Ok(safetensors::serialize(views, Some(metadata))?)
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect()
}
