"""What gunicorn serves."""

import gc
import os
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.template.loader import get_template
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

# Every page is loaded now, not when the first reader asks; and what stays for as long as the
# process is never looked through for garbage again, which took up to 0.1 s of somebody's request.
_ = get_resolver().url_patterns
for directory in settings.TEMPLATES[0]["DIRS"]:
    for path in Path(directory).rglob("*.html"):
        get_template(path.relative_to(directory).as_posix())
gc.collect()
gc.freeze()
# Looked through once more, it is known how little is left. What pages leave behind is picked up
# every few pages then, in milliseconds, and not when there is as much of it as of everything else.
gc.collect()
gc.set_threshold(2000, 4, 4)
