//! The schema as text.

use async_graphql::SDLExportOptions;

/// The schema in the schema language, in a fixed order: what `surety schema` prints and `schema.graphql` holds.
pub fn sdl() -> String {
    let options =
        SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items().include_specified_by();
    let text = super::schema().finish().sdl_with_options(options);
    format!("{}\n", text.trim_end())
}
