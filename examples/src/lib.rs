//! Applications that show maestria at work; see the `[[example]]` targets of this package.
