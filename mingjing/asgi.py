"""The application that the server runs: `granian --interface asginl mingjing.asgi:application`, as `mingjing serve` does."""

import os

from django.core.asgi import get_asgi_application

from mingjing.ui.bodies import limited

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mingjing.settings")
application = limited(get_asgi_application())
