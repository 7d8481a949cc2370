//! The 10,000 MNIST test images, inside the binary.

use super::{Data, DataError, Source};
use crate::axis::Component;
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::spec::DATA_RANGE_IMAGE;

/// The embedded MNIST images.
#[derive(Clone, Debug, PartialEq)]
pub struct Mnist;

impl Component for Mnist {
    const CHOICE: Choice = Choice {
        name: "mnist",
        version: 1,
        params: &[DATA_RANGE_IMAGE],
        summary: "handwritten digits 28 x 28: 5,000 images to train on, 5,000 as reference",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Source for Mnist {
    fn open(&self) -> Result<Data, DataError> {
        super::images::embedded_mnist()
    }
}
