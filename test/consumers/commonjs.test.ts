import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesOf } from '../ecosystem/frameworks/app.ts';
import { type Consumer, run } from '../package/consumer.ts';
import { consumerWith, extendManifest, modules, runTool } from './tools.ts';

/** An app of NestJS over the files of its page in the docs: it asks itself, and prints answers. */
const app = `
import 'reflect-metadata';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { get, HTTPError } from 'isosession';
import { ApiModule } from './api.module.js';
import { UsersService } from './users.service.js';
import { Visitor } from './visitor.js';

@Controller()
class UsersController {
  constructor(private readonly users: UsersService, private readonly visitor: Visitor) {}

  @Get('users/:id')
  find(@Param('id') id: string): Promise<{ name: string }> {
    return this.users.find(Number(id));
  }

  @Get('account')
  account(): Promise<{ name: string }> {
    return this.visitor.session.get('account').json<{ name: string }>();
  }
}

@Module({
  imports: [ApiModule],
  controllers: [UsersController],
  providers: [UsersService, Visitor],
})
class AppModule {}

const backend = createServer(({ url, headers }, response) => {
  response.statusCode = url === '/users/2' ? 404 : 200;
  response.end(JSON.stringify({ name: headers.cookie ?? 'nobody' }));
});

async function main(): Promise<void> {
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  process.env['API'] = \`http://127.0.0.1:\${(backend.address() as AddressInfo).port}/\`;
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  const origin = await app.getUrl();
  console.log(await get(\`\${origin}/users/1\`).json());
  console.log(await get(\`\${origin}/account\`, { headers: { cookie: 'sid=ann' } }).json());
  const error: unknown = await get(\`\${origin}/users/2\`)
    .json()
    .catch((thrown: unknown) => thrown);
  console.log(HTTPError.is(error) && error.status);
  await app.close();
  backend.close();
}

void main();
`;

/** A program that a hook of `require` compiles; what is imported there is another copy. */
const program = `
import { SessionError, Session, SessionResponse } from 'isosession';
import { mockTransport, useTransport } from 'isosession/testing';

async function main(): Promise<void> {
  const replaced = useTransport(mockTransport(() => Response.json({ mocked: true })));
  const session: Session = new Session();
  console.log(await session.get('https://api.test/').json<{ mocked: boolean }>());
  const { Session: Imported } = await (new Function("return import('isosession')")() as
    Promise<typeof import('isosession')>);
  const response = await new Imported().get('https://api.test/');
  console.log(Imported === Session, SessionResponse.is(response), await response.json());
  const error: unknown = await new Imported().get('no URL').catch((thrown: unknown) => thrown);
  console.log(SessionError.is(error));
  replaced[Symbol.dispose]();
}

void main();
`;

/** A project in CommonJS, as compilers and frameworks set one up, with packages of ours. */
async function projectWith(name: string, options: object): Promise<Consumer> {
  const consumer = await consumerWith(name);
  extendManifest(consumer, { type: 'commonjs' });
  for (const each of ['@nestjs', '@types', 'reflect-metadata', 'rxjs', 'ts-node', 'typescript'])
    symlinkSync(join(modules, each), join(consumer.path, 'node_modules', each), 'junction');
  const compilerOptions = {
    strict: true,
    target: 'es2022',
    declaration: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    esModuleInterop: true,
    skipLibCheck: true,
    outDir: 'out',
    types: ['node'],
    ...options,
  };
  consumer.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['main.ts'] }));
  return consumer;
}

const commonjs = { module: 'commonjs', moduleResolution: 'node10' };

test.each([
  ['node10', commonjs],
  ['nodenext', { module: 'nodenext', moduleResolution: 'nodenext' }],
])('NestJS in CommonJS, compiled by tsc with %s, works by the docs', async (name, options) => {
  const consumer = await projectWith(`nest-${name}`, options);
  for (const [file, code] of Object.entries(filesOf('frameworks/nestjs.md')))
    consumer.write(file, code.replace(/'https:\/\/api\.example\.com\/?'/, "process.env['API']!"));
  consumer.write('main.ts', app);
  await runTool(consumer, 'tsc');
  const { code, stdout, stderr } = await run(process.execPath, ['out/main.js'], consumer.path);
  const lines = "{ name: 'nobody' }\n{ name: 'sid=ann' }\n404\n";
  expect([code, stdout, stderr]).toEqual([0, lines, '']);
});

test('ts-node requires it by its hook, and shares state with what is imported', async () => {
  const consumer = await projectWith('ts-node', commonjs);
  consumer.write('main.ts', program);
  const flags = ['--require', 'ts-node/register', 'main.ts'];
  const { code, stdout, stderr } = await run(process.execPath, flags, consumer.path);
  const lines = '{ mocked: true }\nfalse true { mocked: true }\ntrue\n';
  expect([code, stdout, stderr]).toEqual([0, lines, '']);
});
