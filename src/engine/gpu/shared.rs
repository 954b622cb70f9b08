//! Structs that Rust and the shaders both know, declared once: in Rust, from which WGSL follows.

/// A scalar of four bytes, in WGSL too.
pub(super) trait Scalar: Copy {
    const WGSL: &'static str;
    fn word(self) -> u32;
}

impl Scalar for u32 {
    const WGSL: &'static str = "u32";
    fn word(self) -> u32 {
        self
    }
}

impl Scalar for f32 {
    const WGSL: &'static str = "f32";
    fn word(self) -> u32 {
        self.to_bits()
    }
}

/// A struct of scalars, which lie one after the other in both languages.
pub(super) trait Shared {
    /// Length in a buffer.
    const BYTES: usize;
    fn words(&self) -> Vec<u32>;
    /// As WGSL declares it.
    fn wgsl() -> String;
}

/// Declares structs here, each with its declaration in WGSL.
macro_rules! shared {
    ($($(#[doc = $about:literal])+ struct $name:ident {
        $($(#[doc = $of_field:literal])* $field:ident: $type:ty,)+
    })+) => {
        $(
            $(#[doc = $about])+
            #[derive(Clone, Copy, Debug, Default)]
            pub(in crate::engine::gpu) struct $name {
                $($(#[doc = $of_field])* pub(in crate::engine::gpu) $field: $type,)+
            }

            impl Shared for $name {
                const BYTES: usize = size_of::<Self>();
                fn words(&self) -> Vec<u32> {
                    vec![$(self.$field.word()),+]
                }
                fn wgsl() -> String {
                    let fields = [$(format!("{}: {}", stringify!($field), <$type as Scalar>::WGSL)),+];
                    format!("struct {} {{ {} }}\n", stringify!($name), fields.join(", "))
                }
            }
        )+
    };
}
pub(super) use shared;
