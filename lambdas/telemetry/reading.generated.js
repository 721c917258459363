// Made by `npm run validators` from reading.schema.json; do not edit.
// <stdin>
var validateSample = validate20;
var schema31 = { "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "reading", "type": "object", "additionalProperties": false, "properties": { "timestamp": { "type": ["string", "number"] }, "received": { "type": "boolean" }, "charge": { "type": "number", "minimum": 0, "maximum": 1e4 }, "discharge": { "type": "number", "minimum": 0, "maximum": 1e4 }, "power": { "type": "number", "minimum": -1e4, "maximum": 1e4 }, "voltage": { "type": "number", "minimum": 0, "maximum": 2e3 }, "current": { "type": "number", "minimum": -2e4, "maximum": 2e4 }, "soc": { "type": "number", "minimum": 0, "maximum": 105 }, "soh": { "type": "number", "minimum": 0, "maximum": 120 }, "temperature": { "type": "number", "minimum": -50, "maximum": 120 }, "temperatureMin": { "type": "number", "minimum": -50, "maximum": 120 }, "temperatureMax": { "type": "number", "minimum": -50, "maximum": 120 }, "mosfetTemperature": { "type": "number", "minimum": -50, "maximum": 120 }, "ambientTemperature": { "type": "number", "minimum": -50, "maximum": 120 }, "cellVoltageMin": { "type": "number", "minimum": 0, "maximum": 16 }, "cellVoltageMax": { "type": "number", "minimum": 0, "maximum": 16 }, "cellVoltageMinId": { "type": "string", "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,16}$" }, "cellVoltageMaxId": { "type": "string", "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,16}$" }, "cells": { "type": "array", "minItems": 1, "maxItems": 512, "items": { "type": "number", "minimum": 0, "maximum": 16 } }, "energyCharged": { "type": "number", "minimum": 0 }, "energyDischarged": { "type": "number", "minimum": 0 }, "cycles": { "type": "number", "minimum": 0 }, "storedEnergy": { "type": "number", "minimum": 0 }, "maxChargePower": { "type": "number", "minimum": 0 }, "maxDischargePower": { "type": "number", "minimum": 0 }, "state": { "enum": ["off", "empty", "discharging", "charging", "full", "holding", "testing", "fault", "unknown"] }, "alarms": { "type": "array", "maxItems": 19, "items": { "type": "string", "pattern": "^(communicationError|overTemperature|underTemperature|overChargeCurrent|overDischargeCurrent|overVoltage|underVoltage|lowSoc|highSoc|voltageImbalance|temperatureImbalance|currentImbalance|contactorError|fanError|groundFault|doorOpen|configuration|other):(warning|alarm)$" } }, "seq": { "type": "integer", "minimum": 0, "maximum": 9007199254740991 }, "boot": { "type": "string", "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,32}$" } } };
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
        vErrors = withError(vErrors, instancePath, "additionalProperties", { additionalProperty: key0 });
        errors++;
      }
    }
    if (data.timestamp !== void 0) {
      let data0 = data.timestamp;
      if (typeof data0 !== "string" && !(typeof data0 == "number" && isFinite(data0))) {
        vErrors = withError(vErrors, instancePath + "/timestamp", "type", { type: schema31.properties.timestamp.type });
        errors++;
      }
    }
    if (data.received !== void 0) {
      if (typeof data.received !== "boolean") {
        vErrors = withError(vErrors, instancePath + "/received", "type", { type: "boolean" });
        errors++;
      }
    }
    if (data.charge !== void 0) {
      let data2 = data.charge;
      if (typeof data2 == "number" && isFinite(data2)) {
        if (data2 > 1e4 || isNaN(data2)) {
          vErrors = withError(vErrors, instancePath + "/charge", "maximum", { limit: 1e4 });
          errors++;
        }
        if (data2 < 0 || isNaN(data2)) {
          vErrors = withError(vErrors, instancePath + "/charge", "minimum", { limit: 0 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/charge", "type", { type: "number" });
        errors++;
      }
    }
    if (data.discharge !== void 0) {
      let data3 = data.discharge;
      if (typeof data3 == "number" && isFinite(data3)) {
        if (data3 > 1e4 || isNaN(data3)) {
          vErrors = withError(vErrors, instancePath + "/discharge", "maximum", { limit: 1e4 });
          errors++;
        }
        if (data3 < 0 || isNaN(data3)) {
          vErrors = withError(vErrors, instancePath + "/discharge", "minimum", { limit: 0 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/discharge", "type", { type: "number" });
        errors++;
      }
    }
    if (data.power !== void 0) {
      let data4 = data.power;
      if (typeof data4 == "number" && isFinite(data4)) {
        if (data4 > 1e4 || isNaN(data4)) {
          vErrors = withError(vErrors, instancePath + "/power", "maximum", { limit: 1e4 });
          errors++;
        }
        if (data4 < -1e4 || isNaN(data4)) {
          vErrors = withError(vErrors, instancePath + "/power", "minimum", { limit: -1e4 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/power", "type", { type: "number" });
        errors++;
      }
    }
    if (data.voltage !== void 0) {
      let data5 = data.voltage;
      if (typeof data5 == "number" && isFinite(data5)) {
        if (data5 > 2e3 || isNaN(data5)) {
          vErrors = withError(vErrors, instancePath + "/voltage", "maximum", { limit: 2e3 });
          errors++;
        }
        if (data5 < 0 || isNaN(data5)) {
          vErrors = withError(vErrors, instancePath + "/voltage", "minimum", { limit: 0 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/voltage", "type", { type: "number" });
        errors++;
      }
    }
    if (data.current !== void 0) {
      let data6 = data.current;
      if (typeof data6 == "number" && isFinite(data6)) {
        if (data6 > 2e4 || isNaN(data6)) {
          vErrors = withError(vErrors, instancePath + "/current", "maximum", { limit: 2e4 });
          errors++;
        }
        if (data6 < -2e4 || isNaN(data6)) {
          vErrors = withError(vErrors, instancePath + "/current", "minimum", { limit: -2e4 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/current", "type", { type: "number" });
        errors++;
      }
    }
    if (data.soc !== void 0) {
      let data7 = data.soc;
      if (typeof data7 == "number" && isFinite(data7)) {
        if (data7 > 105 || isNaN(data7)) {
          vErrors = withError(vErrors, instancePath + "/soc", "maximum", { limit: 105 });
          errors++;
        }
        if (data7 < 0 || isNaN(data7)) {
          vErrors = withError(vErrors, instancePath + "/soc", "minimum", { limit: 0 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/soc", "type", { type: "number" });
        errors++;
      }
    }
    if (data.soh !== void 0) {
      let data8 = data.soh;
      if (typeof data8 == "number" && isFinite(data8)) {
        if (data8 > 120 || isNaN(data8)) {
          vErrors = withError(vErrors, instancePath + "/soh", "maximum", { limit: 120 });
          errors++;
        }
        if (data8 < 0 || isNaN(data8)) {
          vErrors = withError(vErrors, instancePath + "/soh", "minimum", { limit: 0 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/soh", "type", { type: "number" });
        errors++;
      }
    }
    if (data.temperature !== void 0) {
      let data9 = data.temperature;
      if (typeof data9 == "number" && isFinite(data9)) {
        if (data9 > 120 || isNaN(data9)) {
          vErrors = withError(vErrors, instancePath + "/temperature", "maximum", { limit: 120 });
          errors++;
        }
        if (data9 < -50 || isNaN(data9)) {
          vErrors = withError(vErrors, instancePath + "/temperature", "minimum", { limit: -50 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/temperature", "type", { type: "number" });
        errors++;
      }
    }
    if (data.temperatureMin !== void 0) {
      let data10 = data.temperatureMin;
      if (typeof data10 == "number" && isFinite(data10)) {
        if (data10 > 120 || isNaN(data10)) {
          vErrors = withError(vErrors, instancePath + "/temperatureMin", "maximum", { limit: 120 });
          errors++;
        }
        if (data10 < -50 || isNaN(data10)) {
          vErrors = withError(vErrors, instancePath + "/temperatureMin", "minimum", { limit: -50 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/temperatureMin", "type", { type: "number" });
        errors++;
      }
    }
    if (data.temperatureMax !== void 0) {
      let data11 = data.temperatureMax;
      if (typeof data11 == "number" && isFinite(data11)) {
        if (data11 > 120 || isNaN(data11)) {
          vErrors = withError(vErrors, instancePath + "/temperatureMax", "maximum", { limit: 120 });
          errors++;
        }
        if (data11 < -50 || isNaN(data11)) {
          vErrors = withError(vErrors, instancePath + "/temperatureMax", "minimum", { limit: -50 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/temperatureMax", "type", { type: "number" });
        errors++;
      }
    }
    if (data.mosfetTemperature !== void 0) {
      let data12 = data.mosfetTemperature;
      if (typeof data12 == "number" && isFinite(data12)) {
        if (data12 > 120 || isNaN(data12)) {
          vErrors = withError(vErrors, instancePath + "/mosfetTemperature", "maximum", { limit: 120 });
          errors++;
        }
        if (data12 < -50 || isNaN(data12)) {
          vErrors = withError(vErrors, instancePath + "/mosfetTemperature", "minimum", { limit: -50 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/mosfetTemperature", "type", { type: "number" });
        errors++;
      }
    }
    if (data.ambientTemperature !== void 0) {
      let data13 = data.ambientTemperature;
      if (typeof data13 == "number" && isFinite(data13)) {
        if (data13 > 120 || isNaN(data13)) {
          vErrors = withError(vErrors, instancePath + "/ambientTemperature", "maximum", { limit: 120 });
          errors++;
        }
        if (data13 < -50 || isNaN(data13)) {
          vErrors = withError(vErrors, instancePath + "/ambientTemperature", "minimum", { limit: -50 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/ambientTemperature", "type", { type: "number" });
        errors++;
      }
    }
    if (data.cellVoltageMin !== void 0) {
      let data14 = data.cellVoltageMin;
      if (typeof data14 == "number" && isFinite(data14)) {
        if (data14 > 16 || isNaN(data14)) {
          vErrors = withError(vErrors, instancePath + "/cellVoltageMin", "maximum", { limit: 16 });
          errors++;
        }
        if (data14 < 0 || isNaN(data14)) {
          vErrors = withError(vErrors, instancePath + "/cellVoltageMin", "minimum", { limit: 0 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/cellVoltageMin", "type", { type: "number" });
        errors++;
      }
    }
    if (data.cellVoltageMax !== void 0) {
      let data15 = data.cellVoltageMax;
      if (typeof data15 == "number" && isFinite(data15)) {
        if (data15 > 16 || isNaN(data15)) {
          vErrors = withError(vErrors, instancePath + "/cellVoltageMax", "maximum", { limit: 16 });
          errors++;
        }
        if (data15 < 0 || isNaN(data15)) {
          vErrors = withError(vErrors, instancePath + "/cellVoltageMax", "minimum", { limit: 0 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/cellVoltageMax", "type", { type: "number" });
        errors++;
      }
    }
    if (data.cellVoltageMinId !== void 0) {
      let data16 = data.cellVoltageMinId;
      if (typeof data16 === "string") {
        if (!pattern4.test(data16)) {
          vErrors = withError(vErrors, instancePath + "/cellVoltageMinId", "pattern", { pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,16}$" });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/cellVoltageMinId", "type", { type: "string" });
        errors++;
      }
    }
    if (data.cellVoltageMaxId !== void 0) {
      let data17 = data.cellVoltageMaxId;
      if (typeof data17 === "string") {
        if (!pattern4.test(data17)) {
          vErrors = withError(vErrors, instancePath + "/cellVoltageMaxId", "pattern", { pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,16}$" });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/cellVoltageMaxId", "type", { type: "string" });
        errors++;
      }
    }
    if (data.cells !== void 0) {
      let data18 = data.cells;
      if (Array.isArray(data18)) {
        if (data18.length > 512) {
          vErrors = withError(vErrors, instancePath + "/cells", "maxItems", { limit: 512 });
          errors++;
        }
        if (data18.length < 1) {
          vErrors = withError(vErrors, instancePath + "/cells", "minItems", { limit: 1 });
          errors++;
        }
        const len0 = data18.length;
        for (let i0 = 0; i0 < len0; i0++) {
          let data19 = data18[i0];
          if (typeof data19 == "number" && isFinite(data19)) {
            if (data19 > 16 || isNaN(data19)) {
              vErrors = withError(vErrors, instancePath + "/cells/" + i0, "maximum", { limit: 16 });
              errors++;
            }
            if (data19 < 0 || isNaN(data19)) {
              vErrors = withError(vErrors, instancePath + "/cells/" + i0, "minimum", { limit: 0 });
              errors++;
            }
          } else {
            vErrors = withError(vErrors, instancePath + "/cells/" + i0, "type", { type: "number" });
            errors++;
          }
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/cells", "type", { type: "array" });
        errors++;
      }
    }
    if (data.energyCharged !== void 0) {
      let data20 = data.energyCharged;
      if (typeof data20 == "number" && isFinite(data20)) {
        if (data20 < 0 || isNaN(data20)) {
          vErrors = withError(vErrors, instancePath + "/energyCharged", "minimum", { limit: 0 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/energyCharged", "type", { type: "number" });
        errors++;
      }
    }
    if (data.energyDischarged !== void 0) {
      let data21 = data.energyDischarged;
      if (typeof data21 == "number" && isFinite(data21)) {
        if (data21 < 0 || isNaN(data21)) {
          vErrors = withError(vErrors, instancePath + "/energyDischarged", "minimum", { limit: 0 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/energyDischarged", "type", { type: "number" });
        errors++;
      }
    }
    if (data.cycles !== void 0) {
      let data22 = data.cycles;
      if (typeof data22 == "number" && isFinite(data22)) {
        if (data22 < 0 || isNaN(data22)) {
          vErrors = withError(vErrors, instancePath + "/cycles", "minimum", { limit: 0 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/cycles", "type", { type: "number" });
        errors++;
      }
    }
    if (data.storedEnergy !== void 0) {
      let data23 = data.storedEnergy;
      if (typeof data23 == "number" && isFinite(data23)) {
        if (data23 < 0 || isNaN(data23)) {
          vErrors = withError(vErrors, instancePath + "/storedEnergy", "minimum", { limit: 0 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/storedEnergy", "type", { type: "number" });
        errors++;
      }
    }
    if (data.maxChargePower !== void 0) {
      let data24 = data.maxChargePower;
      if (typeof data24 == "number" && isFinite(data24)) {
        if (data24 < 0 || isNaN(data24)) {
          vErrors = withError(vErrors, instancePath + "/maxChargePower", "minimum", { limit: 0 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/maxChargePower", "type", { type: "number" });
        errors++;
      }
    }
    if (data.maxDischargePower !== void 0) {
      let data25 = data.maxDischargePower;
      if (typeof data25 == "number" && isFinite(data25)) {
        if (data25 < 0 || isNaN(data25)) {
          vErrors = withError(vErrors, instancePath + "/maxDischargePower", "minimum", { limit: 0 });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/maxDischargePower", "type", { type: "number" });
        errors++;
      }
    }
    if (data.state !== void 0) {
      let data26 = data.state;
      if (!(data26 === "off" || data26 === "empty" || data26 === "discharging" || data26 === "charging" || data26 === "full" || data26 === "holding" || data26 === "testing" || data26 === "fault" || data26 === "unknown")) {
        vErrors = withError(vErrors, instancePath + "/state", "enum", { allowedValues: schema31.properties.state.enum });
        errors++;
      }
    }
    if (data.alarms !== void 0) {
      let data27 = data.alarms;
      if (Array.isArray(data27)) {
        if (data27.length > 19) {
          vErrors = withError(vErrors, instancePath + "/alarms", "maxItems", { limit: 19 });
          errors++;
        }
        const len1 = data27.length;
        for (let i1 = 0; i1 < len1; i1++) {
          let data28 = data27[i1];
          if (typeof data28 === "string") {
            if (!pattern6.test(data28)) {
              vErrors = withError(vErrors, instancePath + "/alarms/" + i1, "pattern", { pattern: "^(communicationError|overTemperature|underTemperature|overChargeCurrent|overDischargeCurrent|overVoltage|underVoltage|lowSoc|highSoc|voltageImbalance|temperatureImbalance|currentImbalance|contactorError|fanError|groundFault|doorOpen|configuration|other):(warning|alarm)$" });
              errors++;
            }
          } else {
            vErrors = withError(vErrors, instancePath + "/alarms/" + i1, "type", { type: "string" });
            errors++;
          }
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/alarms", "type", { type: "array" });
        errors++;
      }
    }
    if (data.seq !== void 0) {
      let data29 = data.seq;
      if (!(typeof data29 == "number" && (!(data29 % 1) && !isNaN(data29)) && isFinite(data29))) {
        vErrors = withError(vErrors, instancePath + "/seq", "type", { type: "integer" });
        errors++;
      }
      if (typeof data29 == "number" && isFinite(data29)) {
        if (data29 > 9007199254740991 || isNaN(data29)) {
          vErrors = withError(vErrors, instancePath + "/seq", "maximum", { limit: 9007199254740991 });
          errors++;
        }
        if (data29 < 0 || isNaN(data29)) {
          vErrors = withError(vErrors, instancePath + "/seq", "minimum", { limit: 0 });
          errors++;
        }
      }
    }
    if (data.boot !== void 0) {
      let data30 = data.boot;
      if (typeof data30 === "string") {
        if (!pattern7.test(data30)) {
          vErrors = withError(vErrors, instancePath + "/boot", "pattern", { pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]{1,32}$" });
          errors++;
        }
      } else {
        vErrors = withError(vErrors, instancePath + "/boot", "type", { type: "string" });
        errors++;
      }
    }
  } else {
    vErrors = withError(vErrors, instancePath, "type", { type: "object" });
    errors++;
  }
  validate20.errors = vErrors;
  return errors === 0;
}
validate20.evaluated = { "props": true, "dynamicProps": false, "dynamicItems": false };
function withError(errors, instancePath, keyword, params) {
  const all = errors ?? [];
  all.push({ instancePath, keyword, params });
  return all;
}
export {
  validateSample
};
