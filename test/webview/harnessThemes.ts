/** The theme variables that VS Code sets on a webview's root, as its own default themes have them. */
const fonts = {
  'font-family': 'system-ui, "Segoe UI", "Ubuntu", "Droid Sans", sans-serif', 'font-size': '13px', 'font-weight': 'normal',
  'editor-font-family': '"Droid Sans Mono", "DejaVu Sans Mono", monospace', 'editor-font-size': '12px', 'editor-font-weight': 'normal',
};

const dark = {
  foreground: '#cccccc', 'descriptionForeground': '#9d9d9d', errorForeground: '#f85149', focusBorder: '#0078d4', 'icon-foreground': '#cccccc',
  'editor-background': '#1f1f1f', 'editor-foreground': '#cccccc', 'editorWidget-background': '#202020', 'editorWidget-foreground': '#cccccc', 'editorWidget-border': '#313131',
  'widget-border': '#313131', 'widget-shadow': 'rgba(0, 0, 0, 0.36)', 'panel-border': '#2b2b2b', 'sideBar-background': '#181818', 'sideBarSectionHeader-foreground': '#cccccc',
  'input-background': '#313131', 'input-foreground': '#cccccc', 'input-border': '#3c3c3c', 'input-placeholderForeground': '#989898', 'inputValidation-warningBorder': '#b89500',
  'button-background': '#0078d4', 'button-foreground': '#ffffff', 'button-hoverBackground': '#026ec1', 'button-border': 'rgba(255, 255, 255, 0.07)', 'button-secondaryBackground': '#313131', 'button-secondaryForeground': '#cccccc', 'button-secondaryHoverBackground': '#3c3c3c',
  'checkbox-background': '#313131', 'checkbox-border': '#3c3c3c', 'checkbox-foreground': '#cccccc', 'badge-background': '#616161', 'badge-foreground': '#f8f8f8',
  'toolbar-hoverBackground': 'rgba(90, 93, 94, 0.31)', 'list-hoverBackground': '#2a2d2e', 'list-inactiveSelectionBackground': '#37373d', 'list-warningForeground': '#cca700',
  'textLink-foreground': '#4daafc', 'textLink-activeForeground': '#4daafc', 'textPreformat-foreground': '#d0d0d0', 'textPreformat-background': '#3c3c3c', 'textCodeBlock-background': '#2b2b2b', 'textBlockQuote-background': '#2b2b2b', 'textBlockQuote-border': '#616161',
  'progressBar-background': '#0078d4', 'editorWarning-foreground': '#cca700', 'editorCursor-foreground': '#aeafad', 'testing-iconPassed': '#73c991', 'charts-green': '#89d185', 'charts-purple': '#b180d7',
  'terminal-foreground': '#cccccc', 'diffEditor-insertedLineBackground': 'rgba(155, 185, 85, 0.2)', 'diffEditor-removedLineBackground': 'rgba(255, 0, 0, 0.2)', 'diffEditor-insertedTextBackground': 'rgba(156, 204, 44, 0.2)', 'diffEditor-removedTextBackground': 'rgba(255, 0, 0, 0.2)',
  'gitDecoration-addedResourceForeground': '#81b88b', 'chat-linesAddedForeground': '#54B054', 'chat-linesRemovedForeground': '#FC6A6A', 'gitDecoration-deletedResourceForeground': '#c74e39', 'scrollbarSlider-background': 'rgba(121, 121, 121, 0.4)',
};

const light: typeof dark = {
  foreground: '#3b3b3b', 'descriptionForeground': '#3b3b3b', errorForeground: '#c72e0f', focusBorder: '#005fb8', 'icon-foreground': '#3b3b3b',
  'editor-background': '#ffffff', 'editor-foreground': '#3b3b3b', 'editorWidget-background': '#f8f8f8', 'editorWidget-foreground': '#3b3b3b', 'editorWidget-border': '#c8c8c8',
  'widget-border': '#e5e5e5', 'widget-shadow': 'rgba(0, 0, 0, 0.16)', 'panel-border': '#e5e5e5', 'sideBar-background': '#f8f8f8', 'sideBarSectionHeader-foreground': '#3b3b3b',
  'input-background': '#ffffff', 'input-foreground': '#3b3b3b', 'input-border': '#cecece', 'input-placeholderForeground': '#767676', 'inputValidation-warningBorder': '#b89500',
  'button-background': '#005fb8', 'button-foreground': '#ffffff', 'button-hoverBackground': '#0258a8', 'button-border': 'rgba(0, 0, 0, 0.1)', 'button-secondaryBackground': '#e5e5e5', 'button-secondaryForeground': '#3b3b3b', 'button-secondaryHoverBackground': '#cccccc',
  'checkbox-background': '#f8f8f8', 'checkbox-border': '#cecece', 'checkbox-foreground': '#3b3b3b', 'badge-background': '#cccccc', 'badge-foreground': '#3b3b3b',
  'toolbar-hoverBackground': 'rgba(184, 184, 184, 0.31)', 'list-hoverBackground': '#f2f2f2', 'list-inactiveSelectionBackground': '#e4e6f1', 'list-warningForeground': '#855f00',
  'textLink-foreground': '#005fb8', 'textLink-activeForeground': '#005fb8', 'textPreformat-foreground': '#3b3b3b', 'textPreformat-background': 'rgba(0, 0, 0, 0.12)', 'textCodeBlock-background': '#f8f8f8', 'textBlockQuote-background': '#f8f8f8', 'textBlockQuote-border': '#e5e5e5',
  'progressBar-background': '#005fb8', 'editorWarning-foreground': '#bf8803', 'editorCursor-foreground': '#000000', 'testing-iconPassed': '#388a34', 'charts-green': '#388a34', 'charts-purple': '#652d90',
  'terminal-foreground': '#3b3b3b', 'diffEditor-insertedLineBackground': 'rgba(155, 185, 85, 0.2)', 'diffEditor-removedLineBackground': 'rgba(255, 0, 0, 0.2)', 'diffEditor-insertedTextBackground': 'rgba(156, 204, 44, 0.25)', 'diffEditor-removedTextBackground': 'rgba(255, 0, 0, 0.2)',
  'gitDecoration-addedResourceForeground': '#587c0c', 'chat-linesAddedForeground': '#107C10', 'chat-linesRemovedForeground': '#BC2F32', 'gitDecoration-deletedResourceForeground': '#ad0707', 'scrollbarSlider-background': 'rgba(100, 100, 100, 0.4)',
};

/** High contrast leaves most backgrounds out and gives borders instead. */
const highContrast: Record<string, string> = {
  foreground: '#ffffff', 'descriptionForeground': 'rgba(255, 255, 255, 0.7)', errorForeground: '#f48771', focusBorder: '#f38518', 'icon-foreground': '#ffffff', contrastBorder: '#6fc3df', contrastActiveBorder: '#f38518',
  'editor-background': '#000000', 'editor-foreground': '#ffffff', 'editorWidget-background': '#0c141f', 'editorWidget-foreground': '#ffffff', 'editorWidget-border': '#6fc3df',
  'widget-border': '#6fc3df', 'panel-border': '#6fc3df', 'sideBar-background': '#000000', 'sideBarSectionHeader-foreground': '#ffffff',
  'input-background': '#000000', 'input-foreground': '#ffffff', 'input-border': '#6fc3df', 'input-placeholderForeground': 'rgba(255, 255, 255, 0.7)', 'inputValidation-warningBorder': '#6fc3df',
  'button-background': '#000000', 'button-foreground': '#ffffff', 'button-border': '#6fc3df', 'button-secondaryForeground': '#ffffff', 'button-secondaryBackground': '#000000',
  'checkbox-background': '#000000', 'checkbox-border': '#6fc3df', 'checkbox-foreground': '#ffffff', 'badge-background': '#000000', 'badge-foreground': '#ffffff',
  'list-warningForeground': '#ffd370', 'textLink-foreground': '#21a6ff', 'textLink-activeForeground': '#21a6ff', 'textPreformat-foreground': '#000000', 'textPreformat-background': '#ffffff', 'textCodeBlock-background': '#000000', 'textBlockQuote-border': '#ffffff',
  'progressBar-background': '#6fc3df', 'editorWarning-foreground': '#ffd370', 'editorCursor-foreground': '#ffffff', 'testing-iconPassed': '#73c991', 'charts-green': '#89d185', 'charts-purple': '#b180d7',
  'terminal-foreground': '#ffffff', 'gitDecoration-addedResourceForeground': '#a1e3ad', 'chat-linesAddedForeground': '#54B054', 'chat-linesRemovedForeground': '#F48771', 'gitDecoration-deletedResourceForeground': '#c74e39', 'scrollbarSlider-background': 'rgba(111, 195, 223, 0.6)',
};

export type HarnessTheme = 'dark' | 'light' | 'hc';
const themes: Record<HarnessTheme, Record<string, string>> = { dark, light, hc: highContrast };
export const themeKinds: Record<HarnessTheme, string> = { dark: 'vscode-dark', light: 'vscode-light', hc: 'vscode-high-contrast' };

export function themeCss(theme: HarnessTheme): string {
  const variables = Object.entries({ ...fonts, ...themes[theme] }).map(([name, value]) => `--vscode-${name}: ${value};`);
  return `:root { ${variables.join(' ')} } body { padding: 0 20px; background: var(--vscode-editor-background); color: var(--vscode-foreground); }`;
}
