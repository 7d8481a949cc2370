//! One pass over a weight, its gradient and its optimiser state, in place.

use std::cell::Cell;

use candle_core::{CpuStorage, InplaceOp2, Layout, Result, Tensor, Var, bail};

use crate::ops::values::slice;

/// Calls `update` with the weight's and the gradient's elements.
pub(super) fn update(
    var: &Var,
    grad: &Tensor,
    update: impl FnOnce(&mut [f32], &[f32]),
) -> Result<()> {
    let grad = grad.contiguous()?;
    var.inplace_op2(&grad, &Update(Cell::new(Some(update))))
}

struct Update<F>(Cell<Option<F>>);

impl<F: FnOnce(&mut [f32], &[f32])> InplaceOp2 for Update<F> {
    fn name(&self) -> &'static str {
        "update"
    }

    fn cpu_fwd(
        &self,
        weight: &mut CpuStorage,
        weight_layout: &Layout,
        grad: &CpuStorage,
        grad_layout: &Layout,
    ) -> Result<()> {
        let grad = slice(grad, grad_layout)?;
        let (CpuStorage::F32(weight), Some((start, end))) =
            (weight, weight_layout.contiguous_offsets())
        else {
            bail!("an optimiser needs contiguous f32 weights")
        };
        let weight = &mut weight[start..end];
        if weight.len() != grad.len() {
            bail!(
                "a gradient of {} values for {} weights",
                grad.len(),
                weight.len()
            );
        }
        if let Some(update) = self.0.take() {
            update(weight, grad);
        }
        Ok(())
    }
}
