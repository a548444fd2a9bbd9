// Starts GraphiQL on this server: queries and mutations over HTTP, subscriptions over the WebSocket. A token is put into the
// Headers tab as {"Authorization": "Bearer …"} and is sent with both.
(function () {
  "use strict";
  var endpoint = location.origin + "/graphql";
  var socket = endpoint.replace(/^http/, "ws") + "/ws";

  var headersOf = function (options) {
    return (options && options.headers) || {};
  };

  // The fetcher of GraphiQL decides by the document what runs over the socket; the headers of the tab become the payload of
  // connection_init.
  var fetcher = function (parameters, options) {
    return GraphiQL.createFetcher({
      url: endpoint,
      wsClient: graphqlWs.createClient({ url: socket, connectionParams: headersOf(options), lazy: true }),
    })(parameters, options);
  };

  ReactDOM.createRoot(document.getElementById("explorer")).render(
    React.createElement(GraphiQL, {
      fetcher: fetcher,
      defaultTabs: window.suretyExamples,
      defaultEditorToolsVisibility: "variables",
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: false,
    })
  );
})();
