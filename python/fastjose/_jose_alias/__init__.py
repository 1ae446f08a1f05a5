"""`install_as_jose`: the package under the name `jose`, for libraries that were written for python-jose."""
