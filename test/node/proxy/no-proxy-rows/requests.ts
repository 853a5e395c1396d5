import { ports, type Row } from './row.ts';

/** tests/test_utils.py. */
export const ofRequests: Row[] = [
  ...['192.168.0.0/24,127.0.0.1,localhost.localdomain,172.16.1.1, google.com:6000'].flatMap(
    (list): Row[] => [
      [list, '192.168.0.1:5000', true],
      [list, '192.168.0.1', true],
      [list, '172.16.1.1', true],
      [list, '172.16.1.1:5000', true],
      [list, 'localhost.localdomain:5000', true],
      [list, 'google.com:6000', true, ports],
      [list, '192.168.1.1:5000', false],
      [list, '192.168.1.1', false],
      [list, 'www.requests.com', false],
      [list, '172.16.1.12', false],
      [list, '172.16.1.12:5000', false],
      [list, 'google.com:5000', false],
    ],
  ),
  ...['192.168.1.1,requests.com'].flatMap((list): Row[] => [
    [list, '192.168.1.1:5000', true],
    [list, '192.168.1.1', true],
    [list, 'www.requests.com', true],
    [list, '192.168.0.1:5000', false],
    [list, '172.16.1.1', false],
    [list, 'localhost.localdomain:5000', false],
  ]),
  ...['localhost, anotherdomain.com, newdomain.com:1234, .d.o.t'].flatMap((list): Row[] => [
    [list, 'localhost', true],
    [list, 'anotherdomain.com:8888', true],
    [list, 'newdomain.com:1234', true, ports],
    [list, 'www.newdomain.com:1234', true, ports],
    [list, 'foo.d.o.t', true],
    [list, 'd.o.t', true],
    [list, 'prelocalhost', false],
    [list, 'newdomain.com', false],
    [list, 'newdomain.com:1235', false],
  ]),
];
