// Made by `npm run validators` from reading.schema.json; do not edit.
// <stdin>
var validateSample = validate20;
var schema31 = { "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "reading", "title": "Sample", "description": "What a battery did at one instant. Absent means unknown, never 0; null counts as absent.", "type": "object", "additionalProperties": false, "properties": { "timestamp": { "description": "When it was measured: ISO 8601 with offset, or milliseconds since 1970. Absent: stamped at receipt. At most 5 minutes ahead.", "type": ["string", "number"] }, "received": { "description": "True when the timestamp was set at receipt.", "type": "boolean" }, "charge": { "x-unit": "kW", "description": "Power into the battery", "type": "number", "minimum": 0, "maximum": 1e4 }, "discharge": { "x-unit": "kW", "description": "Power out of the battery", "type": "number", "minimum": 0, "maximum": 1e4 }, "power": { "x-unit": "kW", "description": "Instead of the pair: + charges, - discharges", "type": "number", "minimum": -1e4, "maximum": 1e4 }, "voltage": { "x-unit": "V", "description": "At the DC terminals", "type": "number", "minimum": 0, "maximum": 2e3 }, "current": { "x-unit": "A", "description": "+ charges, - discharges", "type": "number", "minimum": -2e4, "maximum": 2e4 }, "soc": { "x-unit": "%", "description": "State of charge; above 100 is taken as 100", "type": "number", "minimum": 0, "maximum": 105 }, "soh": { "x-unit": "%", "description": "State of health: capacity by rated capacity, as the device says", "type": "number", "minimum": 0, "maximum": 120 }, "temperature": { "x-unit": "°C", "description": "Of the battery", "type": "number", "minimum": -50, "maximum": 120 }, "temperatureMin": { "x-unit": "°C", "description": "Of the coldest cell or module", "type": "number", "minimum": -50, "maximum": 120 }, "temperatureMax": { "x-unit": "°C", "description": "Of the hottest cell or module", "type": "number", "minimum": -50, "maximum": 120 }, "mosfetTemperature": { "x-unit": "°C", "description": "Of the electronics", "type": "number", "minimum": -50, "maximum": 120 }, "ambientTemperature": { "x-unit": "°C", "description": "Of the air around", "type": "number", "minimum": -50, "maximum": 120 }, "cellVoltageMin": { "x-unit": "V", "description": "Of the lowest cell (or 12 V block)", "type": "number", "minimum": 0, "maximum": 16 }, "cellVoltageMax": { "x-unit": "V", "description": "Of the highest cell (or 12 V block)", "type": "number", "minimum": 0, "maximum": 16 }, "cellVoltageMinId": { "description": "Which cell is lowest", "type": "string", "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,16}$" }, "cellVoltageMaxId": { "description": "Which cell is highest", "type": "string", "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,16}$" }, "cells": { "x-unit": "V", "description": "Voltage of each cell, in order", "type": "array", "minItems": 1, "maxItems": 512, "items": { "type": "number", "minimum": 0, "maximum": 16 } }, "energyCharged": { "x-unit": "kWh", "description": "The device's own lifetime counter, in", "type": "number", "minimum": 0 }, "energyDischarged": { "x-unit": "kWh", "description": "The device's own lifetime counter, out", "type": "number", "minimum": 0 }, "cycles": { "x-unit": "1", "description": "The device's own counter of cycles", "type": "number", "minimum": 0 }, "storedEnergy": { "x-unit": "kWh", "description": "Energy available now", "type": "number", "minimum": 0 }, "maxChargePower": { "x-unit": "kW", "description": "Momentary limit, in", "type": "number", "minimum": 0 }, "maxDischargePower": { "x-unit": "kW", "description": "Momentary limit, out", "type": "number", "minimum": 0 }, "state": { "description": "The device's own state (SunSpec ChaSt words)", "enum": ["off", "empty", "discharging", "charging", "full", "holding", "testing", "fault", "unknown"] }, "alarms": { "description": "What the device reports, each name:warning or name:alarm; a list clears what it omits", "type": "array", "maxItems": 19, "items": { "type": "string", "pattern": "^(communicationError|overTemperature|underTemperature|overChargeCurrent|overDischargeCurrent|overVoltage|underVoltage|lowSoc|highSoc|voltageImbalance|temperatureImbalance|currentImbalance|contactorError|fanError|groundFault|doorOpen|configuration|other):(warning|alarm)$" } }, "seq": { "description": "A running number within one start of the device", "type": "integer", "minimum": 0, "maximum": 9007199254740991 }, "boot": { "description": "The name of that start", "type": "string", "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,32}$" } } };
var func1 = Object.prototype.hasOwnProperty;
var pattern4 = new RegExp("^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,16}$", "u");
var pattern6 = new RegExp("^(communicationError|overTemperature|underTemperature|overChargeCurrent|overDischargeCurrent|overVoltage|underVoltage|lowSoc|highSoc|voltageImbalance|temperatureImbalance|currentImbalance|contactorError|fanError|groundFault|doorOpen|configuration|other):(warning|alarm)$", "u");
var pattern7 = new RegExp("^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,32}$", "u");
function validate20(data, { instancePath = "", parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {}) {
  ;
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate20.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = void 0;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = void 0;
  }
  if (data && typeof data == "object" && !Array.isArray(data)) {
    for (const key0 in data) {
      if (!func1.call(schema31.properties, key0)) {
        const err0 = { instancePath, schemaPath: "#/additionalProperties", keyword: "additionalProperties", params: { additionalProperty: key0 }, message: "must NOT have additional properties" };
        if (vErrors === null) {
          vErrors = [err0];
        } else {
          vErrors.push(err0);
        }
        errors++;
      }
    }
    if (data.timestamp !== void 0) {
      let data0 = data.timestamp;
      if (typeof data0 !== "string" && !(typeof data0 == "number" && isFinite(data0))) {
        const err1 = { instancePath: instancePath + "/timestamp", schemaPath: "#/properties/timestamp/type", keyword: "type", params: { type: schema31.properties.timestamp.type }, message: "must be string,number" };
        if (vErrors === null) {
          vErrors = [err1];
        } else {
          vErrors.push(err1);
        }
        errors++;
      }
    }
    if (data.received !== void 0) {
      if (typeof data.received !== "boolean") {
        const err2 = { instancePath: instancePath + "/received", schemaPath: "#/properties/received/type", keyword: "type", params: { type: "boolean" }, message: "must be boolean" };
        if (vErrors === null) {
          vErrors = [err2];
        } else {
          vErrors.push(err2);
        }
        errors++;
      }
    }
    if (data.charge !== void 0) {
      let data2 = data.charge;
      if (typeof data2 == "number" && isFinite(data2)) {
        if (data2 > 1e4 || isNaN(data2)) {
          const err3 = { instancePath: instancePath + "/charge", schemaPath: "#/properties/charge/maximum", keyword: "maximum", params: { comparison: "<=", limit: 1e4 }, message: "must be <= 10000" };
          if (vErrors === null) {
            vErrors = [err3];
          } else {
            vErrors.push(err3);
          }
          errors++;
        }
        if (data2 < 0 || isNaN(data2)) {
          const err4 = { instancePath: instancePath + "/charge", schemaPath: "#/properties/charge/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 }, message: "must be >= 0" };
          if (vErrors === null) {
            vErrors = [err4];
          } else {
            vErrors.push(err4);
          }
          errors++;
        }
      } else {
        const err5 = { instancePath: instancePath + "/charge", schemaPath: "#/properties/charge/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err5];
        } else {
          vErrors.push(err5);
        }
        errors++;
      }
    }
    if (data.discharge !== void 0) {
      let data3 = data.discharge;
      if (typeof data3 == "number" && isFinite(data3)) {
        if (data3 > 1e4 || isNaN(data3)) {
          const err6 = { instancePath: instancePath + "/discharge", schemaPath: "#/properties/discharge/maximum", keyword: "maximum", params: { comparison: "<=", limit: 1e4 }, message: "must be <= 10000" };
          if (vErrors === null) {
            vErrors = [err6];
          } else {
            vErrors.push(err6);
          }
          errors++;
        }
        if (data3 < 0 || isNaN(data3)) {
          const err7 = { instancePath: instancePath + "/discharge", schemaPath: "#/properties/discharge/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 }, message: "must be >= 0" };
          if (vErrors === null) {
            vErrors = [err7];
          } else {
            vErrors.push(err7);
          }
          errors++;
        }
      } else {
        const err8 = { instancePath: instancePath + "/discharge", schemaPath: "#/properties/discharge/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err8];
        } else {
          vErrors.push(err8);
        }
        errors++;
      }
    }
    if (data.power !== void 0) {
      let data4 = data.power;
      if (typeof data4 == "number" && isFinite(data4)) {
        if (data4 > 1e4 || isNaN(data4)) {
          const err9 = { instancePath: instancePath + "/power", schemaPath: "#/properties/power/maximum", keyword: "maximum", params: { comparison: "<=", limit: 1e4 }, message: "must be <= 10000" };
          if (vErrors === null) {
            vErrors = [err9];
          } else {
            vErrors.push(err9);
          }
          errors++;
        }
        if (data4 < -1e4 || isNaN(data4)) {
          const err10 = { instancePath: instancePath + "/power", schemaPath: "#/properties/power/minimum", keyword: "minimum", params: { comparison: ">=", limit: -1e4 }, message: "must be >= -10000" };
          if (vErrors === null) {
            vErrors = [err10];
          } else {
            vErrors.push(err10);
          }
          errors++;
        }
      } else {
        const err11 = { instancePath: instancePath + "/power", schemaPath: "#/properties/power/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err11];
        } else {
          vErrors.push(err11);
        }
        errors++;
      }
    }
    if (data.voltage !== void 0) {
      let data5 = data.voltage;
      if (typeof data5 == "number" && isFinite(data5)) {
        if (data5 > 2e3 || isNaN(data5)) {
          const err12 = { instancePath: instancePath + "/voltage", schemaPath: "#/properties/voltage/maximum", keyword: "maximum", params: { comparison: "<=", limit: 2e3 }, message: "must be <= 2000" };
          if (vErrors === null) {
            vErrors = [err12];
          } else {
            vErrors.push(err12);
          }
          errors++;
        }
        if (data5 < 0 || isNaN(data5)) {
          const err13 = { instancePath: instancePath + "/voltage", schemaPath: "#/properties/voltage/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 }, message: "must be >= 0" };
          if (vErrors === null) {
            vErrors = [err13];
          } else {
            vErrors.push(err13);
          }
          errors++;
        }
      } else {
        const err14 = { instancePath: instancePath + "/voltage", schemaPath: "#/properties/voltage/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err14];
        } else {
          vErrors.push(err14);
        }
        errors++;
      }
    }
    if (data.current !== void 0) {
      let data6 = data.current;
      if (typeof data6 == "number" && isFinite(data6)) {
        if (data6 > 2e4 || isNaN(data6)) {
          const err15 = { instancePath: instancePath + "/current", schemaPath: "#/properties/current/maximum", keyword: "maximum", params: { comparison: "<=", limit: 2e4 }, message: "must be <= 20000" };
          if (vErrors === null) {
            vErrors = [err15];
          } else {
            vErrors.push(err15);
          }
          errors++;
        }
        if (data6 < -2e4 || isNaN(data6)) {
          const err16 = { instancePath: instancePath + "/current", schemaPath: "#/properties/current/minimum", keyword: "minimum", params: { comparison: ">=", limit: -2e4 }, message: "must be >= -20000" };
          if (vErrors === null) {
            vErrors = [err16];
          } else {
            vErrors.push(err16);
          }
          errors++;
        }
      } else {
        const err17 = { instancePath: instancePath + "/current", schemaPath: "#/properties/current/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err17];
        } else {
          vErrors.push(err17);
        }
        errors++;
      }
    }
    if (data.soc !== void 0) {
      let data7 = data.soc;
      if (typeof data7 == "number" && isFinite(data7)) {
        if (data7 > 105 || isNaN(data7)) {
          const err18 = { instancePath: instancePath + "/soc", schemaPath: "#/properties/soc/maximum", keyword: "maximum", params: { comparison: "<=", limit: 105 }, message: "must be <= 105" };
          if (vErrors === null) {
            vErrors = [err18];
          } else {
            vErrors.push(err18);
          }
          errors++;
        }
        if (data7 < 0 || isNaN(data7)) {
          const err19 = { instancePath: instancePath + "/soc", schemaPath: "#/properties/soc/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 }, message: "must be >= 0" };
          if (vErrors === null) {
            vErrors = [err19];
          } else {
            vErrors.push(err19);
          }
          errors++;
        }
      } else {
        const err20 = { instancePath: instancePath + "/soc", schemaPath: "#/properties/soc/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err20];
        } else {
          vErrors.push(err20);
        }
        errors++;
      }
    }
    if (data.soh !== void 0) {
      let data8 = data.soh;
      if (typeof data8 == "number" && isFinite(data8)) {
        if (data8 > 120 || isNaN(data8)) {
          const err21 = { instancePath: instancePath + "/soh", schemaPath: "#/properties/soh/maximum", keyword: "maximum", params: { comparison: "<=", limit: 120 }, message: "must be <= 120" };
          if (vErrors === null) {
            vErrors = [err21];
          } else {
            vErrors.push(err21);
          }
          errors++;
        }
        if (data8 < 0 || isNaN(data8)) {
          const err22 = { instancePath: instancePath + "/soh", schemaPath: "#/properties/soh/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 }, message: "must be >= 0" };
          if (vErrors === null) {
            vErrors = [err22];
          } else {
            vErrors.push(err22);
          }
          errors++;
        }
      } else {
        const err23 = { instancePath: instancePath + "/soh", schemaPath: "#/properties/soh/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err23];
        } else {
          vErrors.push(err23);
        }
        errors++;
      }
    }
    if (data.temperature !== void 0) {
      let data9 = data.temperature;
      if (typeof data9 == "number" && isFinite(data9)) {
        if (data9 > 120 || isNaN(data9)) {
          const err24 = { instancePath: instancePath + "/temperature", schemaPath: "#/properties/temperature/maximum", keyword: "maximum", params: { comparison: "<=", limit: 120 }, message: "must be <= 120" };
          if (vErrors === null) {
            vErrors = [err24];
          } else {
            vErrors.push(err24);
          }
          errors++;
        }
        if (data9 < -50 || isNaN(data9)) {
          const err25 = { instancePath: instancePath + "/temperature", schemaPath: "#/properties/temperature/minimum", keyword: "minimum", params: { comparison: ">=", limit: -50 }, message: "must be >= -50" };
          if (vErrors === null) {
            vErrors = [err25];
          } else {
            vErrors.push(err25);
          }
          errors++;
        }
      } else {
        const err26 = { instancePath: instancePath + "/temperature", schemaPath: "#/properties/temperature/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err26];
        } else {
          vErrors.push(err26);
        }
        errors++;
      }
    }
    if (data.temperatureMin !== void 0) {
      let data10 = data.temperatureMin;
      if (typeof data10 == "number" && isFinite(data10)) {
        if (data10 > 120 || isNaN(data10)) {
          const err27 = { instancePath: instancePath + "/temperatureMin", schemaPath: "#/properties/temperatureMin/maximum", keyword: "maximum", params: { comparison: "<=", limit: 120 }, message: "must be <= 120" };
          if (vErrors === null) {
            vErrors = [err27];
          } else {
            vErrors.push(err27);
          }
          errors++;
        }
        if (data10 < -50 || isNaN(data10)) {
          const err28 = { instancePath: instancePath + "/temperatureMin", schemaPath: "#/properties/temperatureMin/minimum", keyword: "minimum", params: { comparison: ">=", limit: -50 }, message: "must be >= -50" };
          if (vErrors === null) {
            vErrors = [err28];
          } else {
            vErrors.push(err28);
          }
          errors++;
        }
      } else {
        const err29 = { instancePath: instancePath + "/temperatureMin", schemaPath: "#/properties/temperatureMin/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err29];
        } else {
          vErrors.push(err29);
        }
        errors++;
      }
    }
    if (data.temperatureMax !== void 0) {
      let data11 = data.temperatureMax;
      if (typeof data11 == "number" && isFinite(data11)) {
        if (data11 > 120 || isNaN(data11)) {
          const err30 = { instancePath: instancePath + "/temperatureMax", schemaPath: "#/properties/temperatureMax/maximum", keyword: "maximum", params: { comparison: "<=", limit: 120 }, message: "must be <= 120" };
          if (vErrors === null) {
            vErrors = [err30];
          } else {
            vErrors.push(err30);
          }
          errors++;
        }
        if (data11 < -50 || isNaN(data11)) {
          const err31 = { instancePath: instancePath + "/temperatureMax", schemaPath: "#/properties/temperatureMax/minimum", keyword: "minimum", params: { comparison: ">=", limit: -50 }, message: "must be >= -50" };
          if (vErrors === null) {
            vErrors = [err31];
          } else {
            vErrors.push(err31);
          }
          errors++;
        }
      } else {
        const err32 = { instancePath: instancePath + "/temperatureMax", schemaPath: "#/properties/temperatureMax/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err32];
        } else {
          vErrors.push(err32);
        }
        errors++;
      }
    }
    if (data.mosfetTemperature !== void 0) {
      let data12 = data.mosfetTemperature;
      if (typeof data12 == "number" && isFinite(data12)) {
        if (data12 > 120 || isNaN(data12)) {
          const err33 = { instancePath: instancePath + "/mosfetTemperature", schemaPath: "#/properties/mosfetTemperature/maximum", keyword: "maximum", params: { comparison: "<=", limit: 120 }, message: "must be <= 120" };
          if (vErrors === null) {
            vErrors = [err33];
          } else {
            vErrors.push(err33);
          }
          errors++;
        }
        if (data12 < -50 || isNaN(data12)) {
          const err34 = { instancePath: instancePath + "/mosfetTemperature", schemaPath: "#/properties/mosfetTemperature/minimum", keyword: "minimum", params: { comparison: ">=", limit: -50 }, message: "must be >= -50" };
          if (vErrors === null) {
            vErrors = [err34];
          } else {
            vErrors.push(err34);
          }
          errors++;
        }
      } else {
        const err35 = { instancePath: instancePath + "/mosfetTemperature", schemaPath: "#/properties/mosfetTemperature/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err35];
        } else {
          vErrors.push(err35);
        }
        errors++;
      }
    }
    if (data.ambientTemperature !== void 0) {
      let data13 = data.ambientTemperature;
      if (typeof data13 == "number" && isFinite(data13)) {
        if (data13 > 120 || isNaN(data13)) {
          const err36 = { instancePath: instancePath + "/ambientTemperature", schemaPath: "#/properties/ambientTemperature/maximum", keyword: "maximum", params: { comparison: "<=", limit: 120 }, message: "must be <= 120" };
          if (vErrors === null) {
            vErrors = [err36];
          } else {
            vErrors.push(err36);
          }
          errors++;
        }
        if (data13 < -50 || isNaN(data13)) {
          const err37 = { instancePath: instancePath + "/ambientTemperature", schemaPath: "#/properties/ambientTemperature/minimum", keyword: "minimum", params: { comparison: ">=", limit: -50 }, message: "must be >= -50" };
          if (vErrors === null) {
            vErrors = [err37];
          } else {
            vErrors.push(err37);
          }
          errors++;
        }
      } else {
        const err38 = { instancePath: instancePath + "/ambientTemperature", schemaPath: "#/properties/ambientTemperature/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err38];
        } else {
          vErrors.push(err38);
        }
        errors++;
      }
    }
    if (data.cellVoltageMin !== void 0) {
      let data14 = data.cellVoltageMin;
      if (typeof data14 == "number" && isFinite(data14)) {
        if (data14 > 16 || isNaN(data14)) {
          const err39 = { instancePath: instancePath + "/cellVoltageMin", schemaPath: "#/properties/cellVoltageMin/maximum", keyword: "maximum", params: { comparison: "<=", limit: 16 }, message: "must be <= 16" };
          if (vErrors === null) {
            vErrors = [err39];
          } else {
            vErrors.push(err39);
          }
          errors++;
        }
        if (data14 < 0 || isNaN(data14)) {
          const err40 = { instancePath: instancePath + "/cellVoltageMin", schemaPath: "#/properties/cellVoltageMin/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 }, message: "must be >= 0" };
          if (vErrors === null) {
            vErrors = [err40];
          } else {
            vErrors.push(err40);
          }
          errors++;
        }
      } else {
        const err41 = { instancePath: instancePath + "/cellVoltageMin", schemaPath: "#/properties/cellVoltageMin/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err41];
        } else {
          vErrors.push(err41);
        }
        errors++;
      }
    }
    if (data.cellVoltageMax !== void 0) {
      let data15 = data.cellVoltageMax;
      if (typeof data15 == "number" && isFinite(data15)) {
        if (data15 > 16 || isNaN(data15)) {
          const err42 = { instancePath: instancePath + "/cellVoltageMax", schemaPath: "#/properties/cellVoltageMax/maximum", keyword: "maximum", params: { comparison: "<=", limit: 16 }, message: "must be <= 16" };
          if (vErrors === null) {
            vErrors = [err42];
          } else {
            vErrors.push(err42);
          }
          errors++;
        }
        if (data15 < 0 || isNaN(data15)) {
          const err43 = { instancePath: instancePath + "/cellVoltageMax", schemaPath: "#/properties/cellVoltageMax/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 }, message: "must be >= 0" };
          if (vErrors === null) {
            vErrors = [err43];
          } else {
            vErrors.push(err43);
          }
          errors++;
        }
      } else {
        const err44 = { instancePath: instancePath + "/cellVoltageMax", schemaPath: "#/properties/cellVoltageMax/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err44];
        } else {
          vErrors.push(err44);
        }
        errors++;
      }
    }
    if (data.cellVoltageMinId !== void 0) {
      let data16 = data.cellVoltageMinId;
      if (typeof data16 === "string") {
        if (!pattern4.test(data16)) {
          const err45 = { instancePath: instancePath + "/cellVoltageMinId", schemaPath: "#/properties/cellVoltageMinId/pattern", keyword: "pattern", params: { pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,16}$" }, message: 'must match pattern "^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,16}$"' };
          if (vErrors === null) {
            vErrors = [err45];
          } else {
            vErrors.push(err45);
          }
          errors++;
        }
      } else {
        const err46 = { instancePath: instancePath + "/cellVoltageMinId", schemaPath: "#/properties/cellVoltageMinId/type", keyword: "type", params: { type: "string" }, message: "must be string" };
        if (vErrors === null) {
          vErrors = [err46];
        } else {
          vErrors.push(err46);
        }
        errors++;
      }
    }
    if (data.cellVoltageMaxId !== void 0) {
      let data17 = data.cellVoltageMaxId;
      if (typeof data17 === "string") {
        if (!pattern4.test(data17)) {
          const err47 = { instancePath: instancePath + "/cellVoltageMaxId", schemaPath: "#/properties/cellVoltageMaxId/pattern", keyword: "pattern", params: { pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,16}$" }, message: 'must match pattern "^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,16}$"' };
          if (vErrors === null) {
            vErrors = [err47];
          } else {
            vErrors.push(err47);
          }
          errors++;
        }
      } else {
        const err48 = { instancePath: instancePath + "/cellVoltageMaxId", schemaPath: "#/properties/cellVoltageMaxId/type", keyword: "type", params: { type: "string" }, message: "must be string" };
        if (vErrors === null) {
          vErrors = [err48];
        } else {
          vErrors.push(err48);
        }
        errors++;
      }
    }
    if (data.cells !== void 0) {
      let data18 = data.cells;
      if (Array.isArray(data18)) {
        if (data18.length > 512) {
          const err49 = { instancePath: instancePath + "/cells", schemaPath: "#/properties/cells/maxItems", keyword: "maxItems", params: { limit: 512 }, message: "must NOT have more than 512 items" };
          if (vErrors === null) {
            vErrors = [err49];
          } else {
            vErrors.push(err49);
          }
          errors++;
        }
        if (data18.length < 1) {
          const err50 = { instancePath: instancePath + "/cells", schemaPath: "#/properties/cells/minItems", keyword: "minItems", params: { limit: 1 }, message: "must NOT have fewer than 1 items" };
          if (vErrors === null) {
            vErrors = [err50];
          } else {
            vErrors.push(err50);
          }
          errors++;
        }
        const len0 = data18.length;
        for (let i0 = 0; i0 < len0; i0++) {
          let data19 = data18[i0];
          if (typeof data19 == "number" && isFinite(data19)) {
            if (data19 > 16 || isNaN(data19)) {
              const err51 = { instancePath: instancePath + "/cells/" + i0, schemaPath: "#/properties/cells/items/maximum", keyword: "maximum", params: { comparison: "<=", limit: 16 }, message: "must be <= 16" };
              if (vErrors === null) {
                vErrors = [err51];
              } else {
                vErrors.push(err51);
              }
              errors++;
            }
            if (data19 < 0 || isNaN(data19)) {
              const err52 = { instancePath: instancePath + "/cells/" + i0, schemaPath: "#/properties/cells/items/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 }, message: "must be >= 0" };
              if (vErrors === null) {
                vErrors = [err52];
              } else {
                vErrors.push(err52);
              }
              errors++;
            }
          } else {
            const err53 = { instancePath: instancePath + "/cells/" + i0, schemaPath: "#/properties/cells/items/type", keyword: "type", params: { type: "number" }, message: "must be number" };
            if (vErrors === null) {
              vErrors = [err53];
            } else {
              vErrors.push(err53);
            }
            errors++;
          }
        }
      } else {
        const err54 = { instancePath: instancePath + "/cells", schemaPath: "#/properties/cells/type", keyword: "type", params: { type: "array" }, message: "must be array" };
        if (vErrors === null) {
          vErrors = [err54];
        } else {
          vErrors.push(err54);
        }
        errors++;
      }
    }
    if (data.energyCharged !== void 0) {
      let data20 = data.energyCharged;
      if (typeof data20 == "number" && isFinite(data20)) {
        if (data20 < 0 || isNaN(data20)) {
          const err55 = { instancePath: instancePath + "/energyCharged", schemaPath: "#/properties/energyCharged/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 }, message: "must be >= 0" };
          if (vErrors === null) {
            vErrors = [err55];
          } else {
            vErrors.push(err55);
          }
          errors++;
        }
      } else {
        const err56 = { instancePath: instancePath + "/energyCharged", schemaPath: "#/properties/energyCharged/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err56];
        } else {
          vErrors.push(err56);
        }
        errors++;
      }
    }
    if (data.energyDischarged !== void 0) {
      let data21 = data.energyDischarged;
      if (typeof data21 == "number" && isFinite(data21)) {
        if (data21 < 0 || isNaN(data21)) {
          const err57 = { instancePath: instancePath + "/energyDischarged", schemaPath: "#/properties/energyDischarged/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 }, message: "must be >= 0" };
          if (vErrors === null) {
            vErrors = [err57];
          } else {
            vErrors.push(err57);
          }
          errors++;
        }
      } else {
        const err58 = { instancePath: instancePath + "/energyDischarged", schemaPath: "#/properties/energyDischarged/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err58];
        } else {
          vErrors.push(err58);
        }
        errors++;
      }
    }
    if (data.cycles !== void 0) {
      let data22 = data.cycles;
      if (typeof data22 == "number" && isFinite(data22)) {
        if (data22 < 0 || isNaN(data22)) {
          const err59 = { instancePath: instancePath + "/cycles", schemaPath: "#/properties/cycles/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 }, message: "must be >= 0" };
          if (vErrors === null) {
            vErrors = [err59];
          } else {
            vErrors.push(err59);
          }
          errors++;
        }
      } else {
        const err60 = { instancePath: instancePath + "/cycles", schemaPath: "#/properties/cycles/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err60];
        } else {
          vErrors.push(err60);
        }
        errors++;
      }
    }
    if (data.storedEnergy !== void 0) {
      let data23 = data.storedEnergy;
      if (typeof data23 == "number" && isFinite(data23)) {
        if (data23 < 0 || isNaN(data23)) {
          const err61 = { instancePath: instancePath + "/storedEnergy", schemaPath: "#/properties/storedEnergy/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 }, message: "must be >= 0" };
          if (vErrors === null) {
            vErrors = [err61];
          } else {
            vErrors.push(err61);
          }
          errors++;
        }
      } else {
        const err62 = { instancePath: instancePath + "/storedEnergy", schemaPath: "#/properties/storedEnergy/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err62];
        } else {
          vErrors.push(err62);
        }
        errors++;
      }
    }
    if (data.maxChargePower !== void 0) {
      let data24 = data.maxChargePower;
      if (typeof data24 == "number" && isFinite(data24)) {
        if (data24 < 0 || isNaN(data24)) {
          const err63 = { instancePath: instancePath + "/maxChargePower", schemaPath: "#/properties/maxChargePower/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 }, message: "must be >= 0" };
          if (vErrors === null) {
            vErrors = [err63];
          } else {
            vErrors.push(err63);
          }
          errors++;
        }
      } else {
        const err64 = { instancePath: instancePath + "/maxChargePower", schemaPath: "#/properties/maxChargePower/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err64];
        } else {
          vErrors.push(err64);
        }
        errors++;
      }
    }
    if (data.maxDischargePower !== void 0) {
      let data25 = data.maxDischargePower;
      if (typeof data25 == "number" && isFinite(data25)) {
        if (data25 < 0 || isNaN(data25)) {
          const err65 = { instancePath: instancePath + "/maxDischargePower", schemaPath: "#/properties/maxDischargePower/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 }, message: "must be >= 0" };
          if (vErrors === null) {
            vErrors = [err65];
          } else {
            vErrors.push(err65);
          }
          errors++;
        }
      } else {
        const err66 = { instancePath: instancePath + "/maxDischargePower", schemaPath: "#/properties/maxDischargePower/type", keyword: "type", params: { type: "number" }, message: "must be number" };
        if (vErrors === null) {
          vErrors = [err66];
        } else {
          vErrors.push(err66);
        }
        errors++;
      }
    }
    if (data.state !== void 0) {
      let data26 = data.state;
      if (!(data26 === "off" || data26 === "empty" || data26 === "discharging" || data26 === "charging" || data26 === "full" || data26 === "holding" || data26 === "testing" || data26 === "fault" || data26 === "unknown")) {
        const err67 = { instancePath: instancePath + "/state", schemaPath: "#/properties/state/enum", keyword: "enum", params: { allowedValues: schema31.properties.state.enum }, message: "must be equal to one of the allowed values" };
        if (vErrors === null) {
          vErrors = [err67];
        } else {
          vErrors.push(err67);
        }
        errors++;
      }
    }
    if (data.alarms !== void 0) {
      let data27 = data.alarms;
      if (Array.isArray(data27)) {
        if (data27.length > 19) {
          const err68 = { instancePath: instancePath + "/alarms", schemaPath: "#/properties/alarms/maxItems", keyword: "maxItems", params: { limit: 19 }, message: "must NOT have more than 19 items" };
          if (vErrors === null) {
            vErrors = [err68];
          } else {
            vErrors.push(err68);
          }
          errors++;
        }
        const len1 = data27.length;
        for (let i1 = 0; i1 < len1; i1++) {
          let data28 = data27[i1];
          if (typeof data28 === "string") {
            if (!pattern6.test(data28)) {
              const err69 = { instancePath: instancePath + "/alarms/" + i1, schemaPath: "#/properties/alarms/items/pattern", keyword: "pattern", params: { pattern: "^(communicationError|overTemperature|underTemperature|overChargeCurrent|overDischargeCurrent|overVoltage|underVoltage|lowSoc|highSoc|voltageImbalance|temperatureImbalance|currentImbalance|contactorError|fanError|groundFault|doorOpen|configuration|other):(warning|alarm)$" }, message: 'must match pattern "^(communicationError|overTemperature|underTemperature|overChargeCurrent|overDischargeCurrent|overVoltage|underVoltage|lowSoc|highSoc|voltageImbalance|temperatureImbalance|currentImbalance|contactorError|fanError|groundFault|doorOpen|configuration|other):(warning|alarm)$"' };
              if (vErrors === null) {
                vErrors = [err69];
              } else {
                vErrors.push(err69);
              }
              errors++;
            }
          } else {
            const err70 = { instancePath: instancePath + "/alarms/" + i1, schemaPath: "#/properties/alarms/items/type", keyword: "type", params: { type: "string" }, message: "must be string" };
            if (vErrors === null) {
              vErrors = [err70];
            } else {
              vErrors.push(err70);
            }
            errors++;
          }
        }
      } else {
        const err71 = { instancePath: instancePath + "/alarms", schemaPath: "#/properties/alarms/type", keyword: "type", params: { type: "array" }, message: "must be array" };
        if (vErrors === null) {
          vErrors = [err71];
        } else {
          vErrors.push(err71);
        }
        errors++;
      }
    }
    if (data.seq !== void 0) {
      let data29 = data.seq;
      if (!(typeof data29 == "number" && (!(data29 % 1) && !isNaN(data29)) && isFinite(data29))) {
        const err72 = { instancePath: instancePath + "/seq", schemaPath: "#/properties/seq/type", keyword: "type", params: { type: "integer" }, message: "must be integer" };
        if (vErrors === null) {
          vErrors = [err72];
        } else {
          vErrors.push(err72);
        }
        errors++;
      }
      if (typeof data29 == "number" && isFinite(data29)) {
        if (data29 > 9007199254740991 || isNaN(data29)) {
          const err73 = { instancePath: instancePath + "/seq", schemaPath: "#/properties/seq/maximum", keyword: "maximum", params: { comparison: "<=", limit: 9007199254740991 }, message: "must be <= 9007199254740991" };
          if (vErrors === null) {
            vErrors = [err73];
          } else {
            vErrors.push(err73);
          }
          errors++;
        }
        if (data29 < 0 || isNaN(data29)) {
          const err74 = { instancePath: instancePath + "/seq", schemaPath: "#/properties/seq/minimum", keyword: "minimum", params: { comparison: ">=", limit: 0 }, message: "must be >= 0" };
          if (vErrors === null) {
            vErrors = [err74];
          } else {
            vErrors.push(err74);
          }
          errors++;
        }
      }
    }
    if (data.boot !== void 0) {
      let data30 = data.boot;
      if (typeof data30 === "string") {
        if (!pattern7.test(data30)) {
          const err75 = { instancePath: instancePath + "/boot", schemaPath: "#/properties/boot/pattern", keyword: "pattern", params: { pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,32}$" }, message: 'must match pattern "^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,32}$"' };
          if (vErrors === null) {
            vErrors = [err75];
          } else {
            vErrors.push(err75);
          }
          errors++;
        }
      } else {
        const err76 = { instancePath: instancePath + "/boot", schemaPath: "#/properties/boot/type", keyword: "type", params: { type: "string" }, message: "must be string" };
        if (vErrors === null) {
          vErrors = [err76];
        } else {
          vErrors.push(err76);
        }
        errors++;
      }
    }
  } else {
    const err77 = { instancePath, schemaPath: "#/type", keyword: "type", params: { type: "object" }, message: "must be object" };
    if (vErrors === null) {
      vErrors = [err77];
    } else {
      vErrors.push(err77);
    }
    errors++;
  }
  validate20.errors = vErrors;
  return errors === 0;
}
validate20.evaluated = { "props": true, "dynamicProps": false, "dynamicItems": false };
export {
  validateSample
};
