/** The baseline: a handler that does nothing. */
exports.handler = async () => ({ statusCode: 200 });
