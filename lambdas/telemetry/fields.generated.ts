// Made by `npm run validators` from reading.schema.json; do not edit.
export const FIELD_UNITS: Readonly<Record<string, string>> = {
  "charge": "kW",
  "discharge": "kW",
  "power": "kW",
  "voltage": "V",
  "current": "A",
  "soc": "%",
  "soh": "%",
  "temperature": "°C",
  "temperatureMin": "°C",
  "temperatureMax": "°C",
  "mosfetTemperature": "°C",
  "ambientTemperature": "°C",
  "cellVoltageMin": "V",
  "cellVoltageMax": "V",
  "cells": "V",
  "energyCharged": "kWh",
  "energyDischarged": "kWh",
  "cycles": "1",
  "storedEnergy": "kWh",
  "maxChargePower": "kW",
  "maxDischargePower": "kW"
};
export const STATES: readonly string[] = ["off","empty","discharging","charging","full","holding","testing","fault","unknown"];
export const FIELDS: readonly string[] = ["timestamp","received","charge","discharge","power","voltage","current","soc","soh","temperature","temperatureMin","temperatureMax","mosfetTemperature","ambientTemperature","cellVoltageMin","cellVoltageMax","cellVoltageMinId","cellVoltageMaxId","cells","energyCharged","energyDischarged","cycles","storedEnergy","maxChargePower","maxDischargePower","state","alarms","seq","boot"];
