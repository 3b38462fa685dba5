"""The import path of MindSpore."""

from paraminit.lazy import no_init_parameters as no_init_parameters
