/**
 * A Django project with its own login: sessions in a database, a token in each form, `Referer`
 * checked.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDaemon } from '../../support/daemon.ts';
import type { Origin } from '../../support/real-origins.ts';
import { requireProgram } from '../../support/real-servers.mjs';

const project = `
import os, django
from django.conf import settings
folder = os.path.dirname(os.path.abspath(__file__))
settings.configure(
    SECRET_KEY='for tests', DEBUG=True, ALLOWED_HOSTS=['*'], ROOT_URLCONF=__name__, USE_TZ=True,
    DATABASES={'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': folder + '/db',
                           'OPTIONS': {'timeout': 60}}},
    DEFAULT_AUTO_FIELD='django.db.models.AutoField',
    PASSWORD_HASHERS=['django.contrib.auth.hashers.MD5PasswordHasher'],
    INSTALLED_APPS=['django.contrib.auth', 'django.contrib.contenttypes',
                    'django.contrib.sessions'],
    MIDDLEWARE=['django.contrib.sessions.middleware.SessionMiddleware',
                'django.middleware.csrf.CsrfViewMiddleware',
                'django.contrib.auth.middleware.AuthenticationMiddleware'],
    TEMPLATES=[{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'OPTIONS': {
        'loaders': [('django.template.loaders.locmem.Loader', {'registration/login.html':
            '<form method="post">{% csrf_token %}{{ form.as_p }}<button>Log in</button>'
            '<input type="hidden" name="next" value="{{ next }}"></form>'})],
        'context_processors': ['django.template.context_processors.request']}}],
    LOGIN_URL='/accounts/login/',
)
django.setup()
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

@csrf_exempt
@login_required
def private(request):
    return JsonResponse({'user': request.user.username, 'method': request.method,
                         'body': request.body.decode()})

def expire(request):
    Session.objects.all().delete()
    return JsonResponse({})

urlpatterns = [path('private', private), path('expire', expire),
               path('accounts/login/', LoginView.as_view())]
if not os.path.exists(folder + '/db'):
    call_command('migrate', verbosity=0)
    from django.contrib.auth.models import User
    User.objects.create_user('ann', password='secret')
application = get_wsgi_application()
`;

/** Starts it; `ann` has the password `secret`. `/expire` ends every login. */
export async function startDjango(): Promise<Origin> {
  const daemon = await startDaemon(({ port, folder }) => {
    writeFileSync(join(folder, 'project.py'), project);
    return [
      requireProgram('gunicorn'),
      '--preload',
      '--bind',
      `127.0.0.1:${port}`,
      '--worker-class',
      'gthread',
      '--threads',
      '8',
      '--keep-alive',
      '60',
      '--chdir',
      folder,
      '--access-logfile',
      '-',
      'project:application',
    ];
  });
  return { ...daemon, origin: `http://127.0.0.1:${daemon.port}` };
}
