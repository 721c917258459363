// A CloudFront function (runtime cloudfront-js-2.0) at the door of the API: its routes know nothing of the /api before them.
// oxlint-disable-next-line no-unused-vars -- CloudFront calls it by this name
function handler(event) {
  var request = event.request;
  request.uri = request.uri.slice('/api'.length);
  return request;
}
