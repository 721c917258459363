"""
The original demo, as far as a reading goes through it, rebuilt from a description of what it does. It stands for the usual way
of building such a thing, the way that tutorials of these parts show: Flask with its own server, paho-mqtt on a mosquitto, each
message written by itself when it arrives, by InfluxDB's official Python client with synchronous writes.

Not made slower than that: one client and one connection for the whole run, a thread for each request (Flask's default), and no
subscription above quality of service 0, at which the broker waits for nothing. Faults are kept: POST /charge answers before
the broker has the message, its times are whole seconds, and GET /livedata tells what came and not what is stored.

service.py SETTINGS: a JSON file of mqttPort, influxUrl, org, bucket, token.
"""

import json
import sys
import threading
from datetime import datetime, timezone

import paho.mqtt.client as mqtt
from flask import Flask, jsonify, request
from influxdb_client import InfluxDBClient, Point
from influxdb_client.client.write_api import SYNCHRONOUS

with open(sys.argv[1], encoding="utf-8") as file:
    settings = json.load(file)

TOPICS = {"battery/charge": "charge", "battery/discharge": "discharge"}
SAID = {"charge": "charge set to", "discharge": "Discharge value set to"}

live = {"charge": None, "discharge": None, "timestamp": None, "unit": "kW"}
influx = InfluxDBClient(url=settings["influxUrl"], token=settings["token"], org=settings["org"])
write_api = influx.write_api(write_options=SYNCHRONOUS)


subscribed = threading.Event()


def on_connect(client, _userdata, _flags, _reason, _properties):
    client.subscribe([(topic, 0) for topic in TOPICS])


def on_subscribe(_client, _userdata, _mid, _reasons, _properties):
    subscribed.set()


def on_message(_client, _userdata, message):
    side = TOPICS[message.topic]
    reading = json.loads(message.payload)
    live[side] = reading[side]
    live["timestamp"] = reading["timestamp"]
    point = Point("battery_data").field(side, reading[side]).time(reading["timestamp"])
    write_api.write(bucket=settings["bucket"], record=point)


broker = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
broker.on_connect = on_connect
broker.on_subscribe = on_subscribe
broker.on_message = on_message
broker.connect("127.0.0.1", settings["mqttPort"])
broker.loop_start()

app = Flask(__name__)


def publish(side):
    body = request.get_json()
    if side not in body:
        return jsonify(error=f"Missing '{side}' field"), 400
    unit = body.get("unit", "kW")
    timestamp = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    broker.publish(f"battery/{side}", json.dumps({side: body[side], "unit": unit, "timestamp": timestamp}))
    return jsonify(message=f"{SAID[side]}: {body[side]} {unit}")


@app.post("/charge")
def charge():
    return publish("charge")


@app.post("/discharge")
def discharge():
    return publish("discharge")


@app.get("/livedata")
def livedata():
    return jsonify(live)


subscribed.wait()
# 0: any port that is free; Flask prints which.
app.run(host="127.0.0.1", port=0)
