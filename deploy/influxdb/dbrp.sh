#!/bin/bash
# At the first start: InfluxQL asks for the database `pool`, InfluxDB 2 keeps it in the bucket of that name.
set -eu
influx v1 dbrp create --db pool --rp autogen --default \
    --bucket-id "$DOCKER_INFLUXDB_INIT_BUCKET_ID" --org "$DOCKER_INFLUXDB_INIT_ORG"
