# One image for web, worker and beat. Nothing secret is in it; settings come from the environment.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends fontconfig fonts-noto-cjk fonts-noto-core libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 tracker && mkdir /data && chown tracker /data
WORKDIR /app
COPY --from=build /venv /venv
COPY manage.py requirements.txt ./
COPY declaration_tracker declaration_tracker
COPY commitments commitments
COPY templates templates
COPY static static
COPY locale locale
COPY fixtures/sco-afghanistan-2009 fixtures/sco-afghanistan-2009
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data
USER tracker
VOLUME /data
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "--no-ws", "declaration_tracker.wsgi:application"]
