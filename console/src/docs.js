// docs.js - the page /_millrace/docs: Swagger UI over this server's own document. Loaded after
// swagger-ui-bundle.js, which leaves its maker in the window.

window.SwaggerUIBundle({
  url: '/_millrace/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null, // nothing is sent elsewhere
});
