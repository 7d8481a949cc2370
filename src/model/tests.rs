//! Whole networks: their sizes, their layouts, and every normalisation in both.

use std::collections::BTreeMap;

use candle_core::{Device, Result, Tensor};

use super::{Init, Model, Net, Pass, Shapes, Start};
use crate::ops::values::values;
use crate::param::{Key, Network, Value};
use crate::rng::{Name, Streams};
use crate::spec::{Catalog, resolve};

fn words(changes: &[(&'static str, &str)]) -> BTreeMap<Key, Value> {
    let mut assigned = BTreeMap::new();
    for &(name, word) in changes {
        let value = match word.parse::<i64>() {
            Ok(number) => Value::Int(number),
            Err(_) => match word.strip_prefix('[').and_then(|w| w.strip_suffix(']')) {
                Some(list) => Value::List(
                    list.split(", ")
                        .filter(|n| !n.is_empty())
                        .map(|n| Value::Int(n.parse().expect("a number")))
                        .collect(),
                ),
                None => Value::Text(word.to_owned()),
            },
        };
        let (name, networks) = match name.strip_suffix(".g").or(name.strip_suffix(".d")) {
            Some(bare) if name.ends_with(".g") => (bare, vec![Some(Network::G)]),
            Some(bare) => (bare, vec![Some(Network::D)]),
            None if name == "model" => (name, vec![None]),
            None => (name, Network::BOTH.map(Some).to_vec()),
        };
        for network in networks {
            assigned.insert(Key { name, network }, value.clone());
        }
    }
    assigned
}

fn model(changes: &[(&'static str, &str)]) -> Model {
    let resolved = resolve(&words(changes), &Catalog::new()).expect("valid values");
    assert_eq!(resolved.unused, []);
    let settings = resolved.settings;
    let name = settings.text("model", None).expect("it has one").to_owned();
    let model = Model::read(&name, &settings, None).expect("declared");
    model.expect("a model of that name")
}

fn start(name: Name) -> Start {
    Start {
        init: Init::He(super::init::He),
        source: Streams::new(0).source(name),
    }
}

fn shapes(latent: usize, sample: [usize; 3]) -> Shapes {
    Shapes {
        latent,
        sample,
        judged: sample,
        outputs: 1,
    }
}

fn both(model: &Model, shapes: Shapes) -> Result<[Net; 2]> {
    Ok([
        model.generator(shapes, None, start(Name::InitGenerator))?,
        model.discriminator(shapes, start(Name::InitDiscriminator))?,
    ])
}

/// Metz et al. 2017, appendix D: parameters of the networks for stacked MNIST.
#[test]
fn the_networks_for_stacked_mnist_have_the_published_sizes() -> Result<()> {
    for (channels, expected) in [("[2, 4, 8]", 585), ("[4, 8, 16]", 1889)] {
        let model = model(&[
            ("model", "convnet"),
            ("channels.g", "[8, 16, 32, 64]"),
            ("channels.d", channels),
            ("activation.g", "relu"),
        ]);
        let [g, d] = both(&model, shapes(256, [3, 28, 28]))?;
        assert_eq!(g.weights().elem_count(), 287_875);
        assert_eq!(d.weights().elem_count(), expected);
    }
    Ok(())
}

/// Of the code of Lucic et al. 2018, counted by hand: weights, biases, and two of every feature or
/// channel that is normalised.
#[test]
fn infogan_has_the_sizes_of_its_authors_code() -> Result<()> {
    let model = model(&[("model", "infogan")]);
    let [g, d] = both(&model, shapes(64, [1, 28, 28]))?;
    let dense = 64 * 1024 + 3 * 1024 + 1024 * 6272 + 3 * 6272;
    let up = 16 * 128 * 64 + 3 * 64 + 16 * 64 + 1;
    assert_eq!(g.weights().elem_count(), dense + up);
    let down = 16 * 64 + 64 + 16 * 64 * 128 + 3 * 128;
    let dense = 6272 * 1024 + 3 * 1024 + 1024 + 1;
    assert_eq!(d.weights().elem_count(), down + dense);
    Ok(())
}

/// Changes some of the weights of a part.
fn set(net: &Net, part: &str, change: impl Fn(usize, &mut f32)) -> Result<()> {
    let mut weights = values(net.weights())?.as_slice().to_vec();
    let part = net.parts().iter().find(|p| p.name == part);
    let part = part.expect("a part of that name");
    let places = weights[part.range.clone()].iter_mut().enumerate();
    places.for_each(|(i, w)| change(i, w));
    let count = weights.len();
    net.weights()
        .set(&Tensor::from_vec(weights, count, &Device::Cpu)?)
}

const IMAGE_MODELS: [(&str, &str, &str); 3] = [
    ("dcgan", "up1", "down0"),
    ("infogan", "up1", "down0"),
    ("convnet", "last", "down0"),
];

/// Small networks of a kind.
fn small(name: &'static str, norm: &'static str) -> Model {
    let sizes: &[(&'static str, &str)] = match name {
        "dcgan" => &[("width.g", "3"), ("width.d", "2")],
        "infogan" => &[("width", "2"), ("dense_width", "5")],
        "convnet" => &[("channels.g", "[3, 4, 5]"), ("channels.d", "[2, 3]")],
        _ => &[("hidden", "[6, 5]")],
    };
    let mut changes = vec![("model", name), ("norm", norm)];
    changes.extend_from_slice(sizes);
    model(&changes)
}

#[test]
fn the_channels_of_an_image_are_planes() -> Result<()> {
    for (name, last, first) in IMAGE_MODELS {
        for side in [28, 32] {
            let model = small(name, "none");
            let [g, d] = both(&model, shapes(4, [3, side, side]))?;
            let plane = side * side;
            // G: nothing but the biases of the last layer, which are 0, 1 and 2.
            set(&g, &format!("{last}.weight"), |_, w| *w = 0.0)?;
            set(&g, &format!("{last}.bias"), |i, w| *w = i as f32)?;
            let z = Tensor::ones((2, 4), candle_core::DType::F32, &Device::Cpu)?;
            let images = g.forward(&z, Pass::Evaluate)?.to_vec2::<f32>()?;
            for image in images {
                let planes: Vec<f32> = (0..3 * plane).map(|i| (i / plane) as f32).collect();
                assert_eq!(image, planes, "{name}");
            }
            // D: the first layer sees the second of three channels only.
            let outputs = d.parts()[0].shape[2];
            set(&d, &format!("{first}.weight"), |i, w| {
                if i / outputs % 3 != 1 {
                    *w = 0.0;
                }
            })?;
            let logit = |lit: usize| -> Result<f32> {
                let image = (0..3 * plane).map(|i| f32::from(i / plane == lit));
                let image = Tensor::from_iter(image, &Device::Cpu)?.reshape((1, 3 * plane))?;
                d.forward(&image, Pass::Evaluate)?.sum_all()?.to_scalar()
            };
            let dark = logit(3)?;
            assert_eq!([logit(0)?, logit(2)?], [dark; 2], "{name}");
            assert_ne!(logit(1)?, dark, "{name}");
        }
    }
    Ok(())
}

#[test]
fn every_normalisation_of_every_model_reaches_every_weight_and_is_stable() -> Result<()> {
    for name in ["mlp", "dcgan", "infogan", "convnet"] {
        for norm in super::norm::Norm::choices() {
            let model = small(name, norm.name);
            let sample = [2, 8, 12];
            let refused = model.refuses(sample);
            if norm.name == "instance" && ["mlp", "infogan"].contains(&name) {
                let message = refused.expect("it has no positions").message;
                assert!(message.contains("positions") && message.contains(name));
                continue;
            }
            assert_eq!(refused, None, "{name} {}", norm.name);
            let [g, d] = both(&model, shapes(3, sample))?;
            let z = crate::ops::check::draw(&[7, 3], 1)?;
            let x = g.forward(&z, Pass::Train)?;
            assert_eq!(x.dims(), [7, 2 * 8 * 12]);
            let y = d.forward(&x.detach(), Pass::Train)?;
            assert_eq!(y.dims(), [7, 1]);
            for (net, output) in [(&g, x.sqr()?), (&d, y.sqr()?)] {
                let gradients = output.sum_all()?.backward()?;
                let gradient = gradients.get(net.weights()).expect("it is trained");
                let gradient = gradient.to_vec1::<f32>()?;
                // What a normalisation subtracts, a bias before it does not change.
                let parts = net.parts().iter().filter(|p| !p.name.ends_with(".bias"));
                for part in parts {
                    let moved = gradient[part.range.clone()].iter().any(|g| *g != 0.0);
                    assert!(moved, "{name} {} {}", norm.name, part.name);
                }
                assert!(gradient.iter().all(|g| g.is_finite()));
            }
        }
    }
    Ok(())
}

#[test]
fn what_cannot_be_built_is_refused_with_a_reason() {
    let message = |model: Model, sample| model.refuses(sample).map(|c| c.message);
    let points = [2, 1, 1];
    for name in ["dcgan", "infogan", "convnet"] {
        let found = message(small(name, "none"), points).expect("no image");
        assert!(found.contains("model: mlp"), "{found}");
    }
    let found = message(small("infogan", "none"), [1, 30, 28]).expect("30 is 2 · 15");
    assert!(found.contains("multiples of 4"), "{found}");
    let deep = model(&[("model", "convnet"), ("channels.d", "[1, 1, 1, 1]")]);
    let found = message(deep.clone(), [1, 8, 8]).expect("8 halves three times");
    assert!(found.contains("shorten channels.d"), "{found}");
    assert_eq!(message(deep, [1, 9, 9]), None);
    let none = model(&[("model", "convnet"), ("channels.g", "[]")]);
    assert!(message(none, [1, 8, 8]).is_some());
    let found = message(small("dcgan", "instance"), [1, 7, 7]).expect("one position inside");
    assert!(found.contains("norm.g: layer"), "{found}");
}

/// A label's planes or packed samples make D's input wider than what G makes.
#[test]
fn d_may_judge_more_channels_than_g_makes_and_say_more_than_one_thing() -> Result<()> {
    for name in ["mlp", "dcgan", "infogan", "convnet"] {
        let model = small(name, "none");
        let shapes = Shapes {
            judged: [5, 8, 8],
            outputs: 4,
            ..shapes(3, [2, 8, 8])
        };
        let [g, d] = both(&model, shapes)?;
        let z = crate::ops::check::draw(&[2, 3], 1)?;
        assert_eq!(g.forward(&z, Pass::Frozen)?.dims(), [2, 128]);
        let x = crate::ops::check::draw(&[2, 5 * 64], 1)?;
        assert_eq!(d.forward(&x, Pass::Frozen)?.dims(), [2, 4]);
    }
    Ok(())
}

/// Multiplications counted by hand from the layers' sizes.
#[test]
fn costs_are_those_of_the_matrix_products() {
    // 8 x 8 pixels, then 4 x 4, then 2 x 2. A 4 x 4 kernel of stride 2 and padding 1 sees 4 rows
    // inside and 3 at either edge: 14² of the pairs of 4 x 4 outputs, 6² of 2 x 2.
    let (outer, inner) = (14 * 14, 6 * 6);
    let shapes = shapes(5, [2, 8, 8]);
    let costs = small("dcgan", "none").costs(shapes);
    let g = [5 * 6 * 4, inner * 6 * 3, outer * 3 * 2];
    let d = [outer * 2 * 2, inner * 2 * 4, 4 * 4];
    assert_eq!((costs.g, costs.d), (super::Cost::of(g), super::Cost::of(d)));
    let costs = small("infogan", "none").costs(shapes);
    let g = [5 * 5, 5 * 4 * 4, inner * 4 * 2, outer * 2 * 2];
    let d = [outer * 2 * 2, inner * 2 * 4, 4 * 4 * 5, 5];
    assert_eq!((costs.g, costs.d), (super::Cost::of(g), super::Cost::of(d)));
    // A 3 x 3 kernel of stride 2 with padding behind only: the last of its windows sees 2 of 3 rows.
    let (outer, inner, same) = (11 * 11, 5 * 5, 22 * 22);
    let costs = small("convnet", "none").costs(shapes);
    let g = [5 * 4 * 5, inner * 5 * 4, outer * 4 * 3, same * 3 * 2];
    let d = [outer * 2 * 2, inner * 2 * 3, 4 * 3];
    assert_eq!((costs.g, costs.d), (super::Cost::of(g), super::Cost::of(d)));
    // Maxima of five maps a unit.
    let maxima = model(&[
        ("model", "mlp"),
        ("hidden", "[6]"),
        ("activation", "maxout"),
    ]);
    let costs = maxima.costs(shapes);
    assert_eq!(costs.d, super::Cost::of([128 * 30, 6]));
}
