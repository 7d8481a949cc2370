//! How an axis of a sweep is declared: one file a choice, one registry line each.

use crate::param::{Choice, Network, Settings, Undeclared};

/// A choice of an axis that carries its own parameters as a typed value.
pub trait Component: Sized {
    /// Its registry entry: name, version, parameters.
    const CHOICE: Choice;

    /// Reads its parameters from a run's checked settings; `network` is given where the axis has
    /// one choice for G and one for D.
    fn read(settings: &Settings, network: Option<Network>) -> Result<Self, Undeclared>;
}

/// Declares the registry of an axis.
///
/// Each line `file::Type` declares the module `file`, re-exports `Type` from it, and makes it a
/// variant. `Type` implements [`Component`] and the axis's trait, to which the enum dereferences.
macro_rules! axis {
    ($(#[$meta:meta])* pub enum $Axis:ident : $Behaviour:ident { $($file:ident :: $Type:ident),+ $(,)? }) => {
        $(mod $file; pub use $file::$Type;)+

        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $Axis {
            $(#[doc = concat!("See [`", stringify!($Type), "`].")] $Type($Type)),+
        }

        impl $Axis {
            /// Every choice, in the order of the registry.
            pub fn choices() -> &'static [$crate::param::Choice] {
                const CHOICES: &[$crate::param::Choice] =
                    &[$(<$Type as $crate::axis::Component>::CHOICE),+];
                CHOICES
            }

            /// The choice of that name with its parameters; `None` if no such choice exists.
            pub fn read(
                name: &str,
                settings: &$crate::param::Settings,
                network: Option<$crate::param::Network>,
            ) -> std::result::Result<Option<Self>, $crate::param::Undeclared> {
                $(if name == <$Type as $crate::axis::Component>::CHOICE.name {
                    let value = <$Type as $crate::axis::Component>::read(settings, network)?;
                    return Ok(Some(Self::$Type(value)));
                })+
                Ok(None)
            }

            /// The registry entry of this choice.
            pub fn choice(&self) -> &'static $crate::param::Choice {
                let name = match self {
                    $(Self::$Type(_) => <$Type as $crate::axis::Component>::CHOICE.name),+
                };
                Self::choices().iter().find(|c| c.name == name).unwrap_or(&Self::choices()[0])
            }
        }

        impl std::ops::Deref for $Axis {
            type Target = dyn $Behaviour;
            fn deref(&self) -> &(dyn $Behaviour + 'static) {
                match self { $(Self::$Type(choice) => choice),+ }
            }
        }
    };
}
pub(crate) use axis;
