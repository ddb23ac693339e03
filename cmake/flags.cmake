# Warnings and sanitizers for our own code; third-party headers are taken as system headers.
add_library(millrace_flags INTERFACE)
target_compile_options(millrace_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
  -Wvla -fno-common)
if(MILLRACE_SANITIZE)
  target_compile_options(millrace_flags INTERFACE
    -fsanitize=${MILLRACE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  string(REPLACE "fuzzer-no-link," "" MILLRACE_SANITIZE_LINK "${MILLRACE_SANITIZE}")
  target_link_options(millrace_flags INTERFACE -fsanitize=${MILLRACE_SANITIZE_LINK})
endif()
