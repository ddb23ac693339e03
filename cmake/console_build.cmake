# Makes FOLDER/console_assets.c of SOURCE/console: installs its packages by their lock file when that
# changed, and bundles. A failure fails the build when MODE is ON; otherwise the program goes without
# the console, and FOLDER/failed says so to the next configure.
set(work ${FOLDER}/work)

function(give_up what output)
  if(MODE STREQUAL "ON")
    message(FATAL_ERROR "the console cannot be built: ${what}\n${output}")
  endif()
  message(STATUS "console: not in this build, ${what} (configure again to try again)")
  file(WRITE ${FOLDER}/failed "${what}\n${output}\n")
  configure_file(${SOURCE}/cmake/console_none.c ${FOLDER}/console_assets.c COPYONLY)
  file(TOUCH ${FOLDER}/console_assets.c)
endfunction()

file(REMOVE_RECURSE ${work}/src)
file(COPY ${SOURCE}/console/src ${SOURCE}/console/build.mjs ${SOURCE}/console/package.json
  ${SOURCE}/console/package-lock.json DESTINATION ${work})

file(SHA256 ${work}/package-lock.json lock)
set(installed "")
if(EXISTS ${work}/installed)
  file(READ ${work}/installed installed)
endif()
if(NOT installed STREQUAL lock)
  execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --loglevel=error
      --fetch-retries=1 --fetch-timeout=60000
    WORKING_DIRECTORY ${work} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    give_up("npm ci failed" "${output}")
    return()
  endif()
  file(WRITE ${work}/installed ${lock})
endif()

execute_process(COMMAND ${NODE} build.mjs ${FOLDER}/bundle
  WORKING_DIRECTORY ${work} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT status EQUAL 0)
  # Not a matter of what this machine has: the console is broken, and nobody should miss it.
  message(FATAL_ERROR "the console cannot be built: build.mjs failed\n${output}")
endif()
string(STRIP "${output}" output)
message(STATUS "${output}")
file(COPY_FILE ${FOLDER}/bundle/assets.c ${FOLDER}/console_assets.c)
file(TOUCH ${FOLDER}/console_assets.c)
