//! Values that people choose by name: on the command line, on the page and in files.

/// One of a closed list of values, each with a name that files and arguments use.
pub trait Choice: Copy + PartialEq + Send + Sync + 'static {
    /// All values, the usual one first.
    fn all() -> Vec<Self>;
    /// The name in files, arguments and the page's settings: lower case with hyphens.
    fn name(self) -> &'static str;
    /// One line that says what it does.
    fn about(self) -> &'static str;

    /// The value of this name.
    fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|value| value.name() == name)
    }
}

/// Implements [`Choice`], and serde's traits by name, for an enum: one line for each value.
macro_rules! choice {
    ($type:ty { $($value:ident = $name:literal, $about:literal;)+ }) => {
        impl $crate::core::choice::Choice for $type {
            fn all() -> Vec<Self> {
                vec![$(Self::$value),+]
            }
            fn name(self) -> &'static str {
                match self { $(Self::$value => $name),+ }
            }
            fn about(self) -> &'static str {
                match self { $(Self::$value => $about),+ }
            }
        }
        $crate::core::choice::serde_by_name!($type);
    };
}

/// Implements serde's traits for a [`Choice`] by its name.
macro_rules! serde_by_name {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::core::choice::Choice::name(*self))
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = String::deserialize(deserializer)?;
                $crate::core::choice::Choice::named(&name)
                    .ok_or_else(|| serde::de::Error::custom($crate::core::choice::unknown::<Self>(&name)))
            }
        }
    };
}

pub(crate) use {choice, serde_by_name};

/// What is wrong with a name that no value has.
pub fn unknown<T: Choice>(name: &str) -> String {
    let names: Vec<&str> = T::all().into_iter().map(Choice::name).collect();
    format!("there is no {name:?}: choose {}", names.join(", "))
}
