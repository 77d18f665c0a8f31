import { render } from 'preact';
import { App } from './app.tsx';
import { openDesk } from './desk.ts';

const root = document.getElementById('app');
if (root) render(<App desk={openDesk()} />, root);
