"""
moto without what takes most of its time and serves nobody here.

- Hundreds of images, of which nothing here runs any, are not made anew at each reset.
- What methods a service has is looked up once, not with each call.
"""

import os
from functools import cache

from moto.core import responses, utils

os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
responses.method_names_from_class = cache(utils.method_names_from_class)  # type: ignore[attr-defined]
