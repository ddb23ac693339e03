# The console: bundled by console/build.mjs with node and npm, and embedded in the program.
#
#   MILLRACE_CONSOLE=AUTO  when npm and node >= 18 are there and the packages can be had (default)
#   MILLRACE_CONSOLE=ON    or the build fails
#   MILLRACE_CONSOLE=OFF   never
#
# Without it the program is whole, and says so at /_millrace/console. The bundle is made in the build
# folder, and again only when something of console/ changed; see console_build.cmake.
set(MILLRACE_CONSOLE AUTO CACHE STRING "Build the console into the program: AUTO, ON or OFF")
set_property(CACHE MILLRACE_CONSOLE PROPERTY STRINGS AUTO ON OFF)

# Sets ${found} to whether the console can be tried, and ${reason} to why not.
function(millrace_console_tools found reason)
  find_program(NODE node)
  find_program(NPM npm)
  mark_as_advanced(NODE NPM)
  set(${found} FALSE PARENT_SCOPE)
  if(MILLRACE_CONSOLE STREQUAL "OFF")
    set(${reason} "MILLRACE_CONSOLE is OFF" PARENT_SCOPE)
  elseif(NOT NODE OR NOT NPM)
    set(${reason} "node and npm are not there" PARENT_SCOPE)
  else()
    execute_process(COMMAND ${NODE} --version OUTPUT_VARIABLE version
      OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(version MATCHES "^v([0-9]+)" AND CMAKE_MATCH_1 GREATER_EQUAL 18)
      set(${found} TRUE PARENT_SCOPE)
    else()
      set(${reason} "node is ${version}, not 18 or later" PARENT_SCOPE)
    endif()
  endif()
endfunction()

# Sets ${source} to the C file that holds the console, or says that there is none.
function(millrace_console_source source)
  millrace_console_tools(found reason)
  if(NOT found)
    if(MILLRACE_CONSOLE STREQUAL "ON")
      message(FATAL_ERROR "the console cannot be built: ${reason}")
    endif()
    message(STATUS "console: not in this build, ${reason}")
    set(${source} ${PROJECT_SOURCE_DIR}/cmake/console_none.c PARENT_SCOPE)
    return()
  endif()
  set(folder ${PROJECT_BINARY_DIR}/console)
  # What failed before (offline?) is tried again after each configure.
  if(EXISTS ${folder}/failed)
    file(REMOVE ${folder}/console_assets.c ${folder}/failed)
  endif()
  file(GLOB_RECURSE inputs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/console/src/*)
  list(APPEND inputs ${PROJECT_SOURCE_DIR}/console/build.mjs
    ${PROJECT_SOURCE_DIR}/console/package.json ${PROJECT_SOURCE_DIR}/console/package-lock.json
    ${PROJECT_SOURCE_DIR}/cmake/console_build.cmake)
  add_custom_command(OUTPUT ${folder}/console_assets.c
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DFOLDER=${folder} -DNODE=${NODE}
      -DNPM=${NPM} -DMODE=${MILLRACE_CONSOLE} -P ${PROJECT_SOURCE_DIR}/cmake/console_build.cmake
    DEPENDS ${inputs}
    COMMENT "Bundling the console" VERBATIM)
  set(${source} ${folder}/console_assets.c PARENT_SCOPE)
endfunction()
