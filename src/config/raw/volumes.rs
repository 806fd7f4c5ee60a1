//! Steps that volumes need: `spacing`, and `crop` to the foreground.

use schemars::JsonSchema;

/// Distances of voxels, and the library whose grid is followed.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Spacing {
    /// Distance of columns in mm.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub x: f64,
    /// Distance of rows in mm.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub y: f64,
    /// Distance of frames in mm.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub z: f64,
    /// Library whose grid is followed.
    pub engine: SpacingEngineName,
    /// What lies between voxels.
    pub filter: SpacingFilterName,
}

/// Libraries whose grid of voxels is followed.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum SpacingEngineName {
    /// MONAI's `Spacing`.
    Monai,
    /// `scipy.ndimage.zoom`.
    Scipy,
    /// SimpleITK's `Resample`.
    SimpleItk,
}

/// What lies between voxels.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum SpacingFilterName {
    /// The nearest voxel.
    Nearest,
    /// Linear along each axis.
    Linear,
}

/// What is foreground, and how much is left around it.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Foreground {
    /// Samples above it are foreground.
    pub above: f64,
    /// Columns, rows and frames left around, where the image has them.
    pub margin: u32,
}
