# Turns a file into a C array:
#   cmake -DINPUT=python.py -DOUTPUT=python.c -DNAME=mr_bootstrap_python -P embed.cmake
# defines  const char NAME[] (a NUL follows the last byte)  and  const size_t NAME_size.
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n    " bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
get_filename_component(file ${INPUT} NAME)
file(WRITE ${OUTPUT} "/* Made from ${file} by cmake/embed.cmake. */
#include \"src/runner/bootstrap.h\"

const char ${NAME}[] = {
    ${bytes}'\\0'};
const size_t ${NAME}_size = sizeof(${NAME}) - 1;
")
