// A CloudFront function (runtime cloudfront-js-2.0) at the door of the page: which file an address means, as local/site.ts.
// oxlint-disable-next-line no-unused-vars -- CloudFront calls it by this name
function handler(event) {
  var request = event.request;
  var path = request.uri;
  if (path === '/docs') {
    request.uri = '/docs.html';
    return request;
  }
  // One level deeper the page's relative addresses would lead nowhere.
  if (path === '/docs/') return answer(308, 'Permanent Redirect', { location: { value: '/docs' } });
  // The bucket would say that access is denied, as it does of all that is not there.
  if (path !== '/' && !/\.[a-z]+$/.test(path)) return answer(404, 'Not Found', {});
  return request;
}

function answer(statusCode, statusDescription, headers) {
  headers['cache-control'] = { value: 'no-cache' };
  return { statusCode: statusCode, statusDescription: statusDescription, headers: headers };
}
