// docs.js - the page /_millrace/docs: Swagger UI over this server's own document. Loaded after
// swagger-ui-bundle.js, which leaves its maker in the window.

/** What it leaves without a label, and colours that are too faint to be read. */
function mend() {
  document.getElementById('servers')?.setAttribute('aria-label', 'Server');
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    .swagger-ui .info .title small { background: #565c66; }
    .swagger-ui .info .title small.version-stamp { background: #3d6600; }
    .swagger-ui .opblock .opblock-summary-method { color: #fff; }
    .swagger-ui .opblock.opblock-get .opblock-summary-method { background: #1a5fa8; }
    .swagger-ui .opblock.opblock-post .opblock-summary-method { background: #1d7047; }
    .swagger-ui .opblock.opblock-put .opblock-summary-method { background: #8f5200; }
    .swagger-ui .opblock.opblock-delete .opblock-summary-method { background: #b3261e; }
    .swagger-ui .btn.execute { background: #1a5fa8; border-color: #1a5fa8; }
    .swagger-ui .btn.cancel { color: #b3261e; border-color: #b3261e; }
    .swagger-ui .download-contents { background: #565c66; }
    .swagger-ui .info a, .swagger-ui a.nostyle { color: #1a5fa8; }`);
  document.adoptedStyleSheets = [sheet];
}

window.SwaggerUIBundle({
  url: '/_millrace/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null, // nothing is sent elsewhere
  onComplete: mend,
});
