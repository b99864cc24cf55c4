"""What gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

# Every page is loaded now, not when the first reader asks; and what stays for as long as the
# process is never looked through for garbage again, which took up to 0.1 s of somebody's request.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
