import { expect, it } from 'vitest';
import { forgetPassword, handPassword, takePassword } from './passwords';

it('hands a password out once', () => {
  handPassword('d1', 'segredo');
  expect(takePassword('d2')).toBeUndefined();
  expect(takePassword('d1')).toBe('segredo');
  expect(takePassword('d1')).toBeUndefined();
});

it('forgets one whose document left', () => {
  handPassword('d1', 'segredo');
  forgetPassword('d1');
  expect(takePassword('d1')).toBeUndefined();
});
