/* console_none.c - the table of assets of a build without the console: see assets.h. Compiled in
 * place of what console/build.mjs makes. */
#include "src/web/assets.h"

const mr_asset mr_assets[] = {{NULL, NULL, NULL, 0, 0}}; /* C has no empty arrays */
const size_t mr_asset_count = 0;

const char mr_console_head[] = "<!doctype html>\n"
                               "<html lang=\"en\">\n"
                               "<head>\n"
                               "<meta charset=\"utf-8\">\n"
                               "<meta name=\"viewport\" content=\"width=device-width, "
                               "initial-scale=1\">\n"
                               "<title>millrace</title>\n"
                               "</head>\n"
                               "<body>\n"
                               "<div id=\"console\">\n";
const char mr_console_tail[] = "\n</div>\n"
                               "</body>\n"
                               "</html>\n";
