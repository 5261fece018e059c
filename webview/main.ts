import { BackstitchPanel } from './backstitch-panel.ts';
import './branch-card.ts';
import './busy-spinner.ts';
import './compaction-card.ts';
import './conversation-feed.ts';
import './copy-button.ts';
import './live-tail.ts';
import './markdown-text.ts';
import './panel-header.ts';
import './permission-card.ts';
import './prompt-composer.ts';
import './rewind-confirm.ts';
import './rewind-seam.ts';
import './subagent-tree.ts';
import './terminal-hint.ts';
import './tool-card.ts';
import { connectHost, saveState } from './host.ts';
import { PanelSession } from './panelSession.ts';
import { registerToolkit } from './toolkit.ts';

// VS Code gives a webview's body a padding; this page is one panel from edge to edge.
Object.assign(document.body.style, { margin: '0', padding: '0' });
registerToolkit();
const panel = new BackstitchPanel();
const session = new PanelSession(connectHost(), panel);
panel.addEventListener('draft-changed', (event) => saveState({ draft: (event as CustomEvent<string>).detail }));
document.body.append(panel);
void session.start();
