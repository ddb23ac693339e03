// swagger_page.js - the API's page at /_millrace/docs: Swagger UI over this server's own document.
// It is a file of its own because the page allows no script within it.

window.SwaggerUIBundle({
  url: '/_millrace/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null, // it would send the document elsewhere
});
