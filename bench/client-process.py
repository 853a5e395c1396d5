"""Python's requests, driven like client-process.mjs: messages are lines of JSON on stdin and stdout."""
import json
import platform
import sys
import threading
import time

import requests
from requests.adapters import HTTPAdapter

RUN_IN = 120
ITEM_COUNT = 1000
origin = sys.argv[1]

session = requests.Session()
session.mount('http://', HTTPAdapter(pool_connections=1, pool_maxsize=64))
lock = threading.Lock()
following = 0


def run(concurrency, duration):
    global following
    deadline = time.perf_counter() + duration / 1000
    counts = [0] * concurrency
    failures = []

    def worker(index):
        global following
        try:
            while time.perf_counter() < deadline:
                with lock:
                    n = following
                    following += 1
                value = session.get(f'{origin}/items/{n}').json()
                if value['id'] != n % ITEM_COUNT:
                    raise RuntimeError(f'item {n} came as {value["id"]}')
                counts[index] += 1
        except Exception as error:
            failures.append(error)

    if concurrency == 1:
        worker(0)
    else:
        threads = [threading.Thread(target=worker, args=(index,)) for index in range(concurrency)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]
    return sum(counts)


def measure(concurrency, duration):
    run(concurrency, RUN_IN)
    cpu = time.process_time()
    start = time.perf_counter()
    calls = run(concurrency, duration)
    wall = (time.perf_counter() - start) * 1000
    return {'calls': calls, 'wall': wall, 'cpu': (time.process_time() - cpu) * 1000}


def whoami():
    return session.get(f'{origin}/whoami').json()['cookie']


def send(message):
    sys.stdout.write(json.dumps(message) + '\n')
    sys.stdout.flush()


session.post(f'{origin}/login', data={'username': 'bench', 'password': 'bench'}).raise_for_status()
send({'jar': True, 'cookie': whoami(), 'runtime': f'Python {platform.python_version()}', 'version': requests.__version__})
for line in sys.stdin:
    calls = json.loads(line).get('calls')
    send(measure(calls['concurrency'], calls['duration']) if calls else whoami())
