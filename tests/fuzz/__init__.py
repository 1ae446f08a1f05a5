"""The fuzz targets of the core (cargo-fuzz) and of the package (atheris), and what builds, runs and checks them."""
