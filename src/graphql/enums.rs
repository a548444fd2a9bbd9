//! Enums of the schema that mirror closed lists of the domain, word for word.

/// Declares a GraphQL enum that mirrors a domain enum.
macro_rules! mirror {
    ($(#[$attribute:meta])+ $name:ident = $remote:literal { $($(#[$variant_attribute:meta])+ $variant:ident,)* }) => {
        $(#[$attribute])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
        #[graphql(remote = $remote)]
        pub enum $name {$(
            $(#[$variant_attribute])+
            $variant,
        )*}
    };
}
pub(crate) use mirror;
