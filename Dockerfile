# Two images: `millrace`, the program and the libraries that it loads, nothing else; and `handlers`,
# the same with Python and Node.js for the Lambda functions of a template.
#
#   docker build -t millrace .
#   docker build -t millrace-handlers --target handlers .
#
# scripts/container builds both with whichever of docker, podman and buildah is there. The two bases
# may be any Debian or Ubuntu, both of one release: what is built on the first runs on the second.
ARG BUILD_BASE=debian:12
ARG RUN_BASE=debian:12-slim

# ---- build: the compiler, the headers, the console's tools; none of it is in an image ----
FROM ${BUILD_BASE} AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
WORKDIR /millrace

# Before the source, so that an edit does not install it all again.
COPY scripts/setup scripts/setup
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        binutils ca-certificates nodejs npm >/dev/null \
 && scripts/setup

COPY . .
RUN cmake --preset release -DMILLRACE_TESTS=OFF -DMILLRACE_CONSOLE=ON \
 && cmake --build --preset release --target millrace \
 && install -D --strip build/release/millrace /image/usr/local/bin/millrace

# The packages of the libraries that it is linked with, and of the one that `put` loads by name.
RUN { readelf -d build/release/millrace | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; echo libcurl.so.4; } \
      | while read -r library; do dpkg -S "*/$library"; done \
      | sed 's/:.*//' | sort -u >packages \
 && cat packages

# ---- run: what both images have ----
FROM ${RUN_BASE} AS run
LABEL org.opencontainers.image.title="millrace" \
      org.opencontainers.image.description="An AWS streaming pipeline on your own machine" \
      org.opencontainers.image.licenses="MIT"

COPY --from=build /millrace/packages /tmp/packages
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        ca-certificates $(cat /tmp/packages) >/dev/null \
 && rm -rf /tmp/packages /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb

# The user's number is said, so that a cluster can see that it is not root's. The folder is its own
# before it is a volume: a new volume takes the owner that it finds.
RUN useradd --uid 4566 --user-group --no-create-home --home-dir /var/lib/millrace \
        --shell /usr/sbin/nologin millrace \
 && install -d -o millrace -g millrace /var/lib/millrace
COPY --from=build /image/ /

USER 4566
WORKDIR /var/lib/millrace
VOLUME /var/lib/millrace
EXPOSE 4566
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/4566 && printf 'GET /_millrace/health HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["millrace"]
CMD ["serve", "--host", "0.0.0.0", "--state", "/var/lib/millrace"]

# ---- handlers: with the languages of Lambda functions ----
FROM run AS handlers
USER root
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        python3 nodejs >/dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb
USER 4566

# ---- millrace: last, so that it is what is built when no target is named ----
FROM run AS millrace
