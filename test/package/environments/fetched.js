/** The same calls by the `fetch` of the test environment, as mocks need them to go. */
import { fetchTransport } from 'isosession';
import { useTransport } from 'isosession/testing';
import './calls.test.js';

useTransport(fetchTransport());
