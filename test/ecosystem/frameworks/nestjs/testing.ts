import 'reflect-metadata';
import { NotFoundException } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Session } from 'isosession';
import { mockTransport } from 'isosession/testing';
import { Api, ApiModule } from './api.module.js';
import { UsersService } from './users.service.js';

const transport = mockTransport();
transport.get('/users/1', { name: 'Ann' });
transport.get('/users/2', new Response(null, { status: 404 }));
const module = await Test.createTestingModule({ imports: [ApiModule], providers: [UsersService] })
  .overrideProvider(Api)
  .useValue(new Session({ baseUrl: 'https://api.example.com/', transport }))
  .compile();
const users = module.get(UsersService);
const found = await users.find(1);
const missing = await users.find(2).catch((error: unknown) => error instanceof NotFoundException);
await module.close();
console.log(JSON.stringify([found, missing]));
