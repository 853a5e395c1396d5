import 'reflect-metadata';
import { Body, Controller, Get, Module, Param, Post, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import express from 'express';
import { applySetCookies } from 'isosession/ssr';
import { Api, ApiModule } from './api.module.js';
import { UsersService } from './users.service.js';
import { Visitor } from './visitor.js';

@Controller()
class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get('users/:id')
  find(@Param('id') id: string): Promise<{ name: string }> {
    return this.users.find(Number(id));
  }
}

@Controller()
class PagesController {
  constructor(private readonly visitor: Visitor) {}

  @Get('account')
  async account(@Res({ passthrough: true }) response: express.Response): Promise<string> {
    const { session } = this.visitor;
    const { name } = await session.get('account').json<{ name: string }>();
    applySetCookies(session, response);
    return `<p>${name}</p>`;
  }

  @Post('login')
  async login(@Body() form: { user: string }, @Res() response: express.Response): Promise<void> {
    const { session } = this.visitor;
    await session.post('login', { form }).text();
    applySetCookies(session, response);
    response.redirect(303, '/account');
  }
}

@Module({
  imports: [ApiModule],
  controllers: [UsersController, PagesController],
  providers: [UsersService, Visitor],
})
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: false });
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
console.log(await app.getUrl());

const api = app.get(Api);
const close = api.close.bind(api);
api.close = async () => {
  await close();
  console.log('The session is closed');
};
