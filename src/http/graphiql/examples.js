// The tabs that GraphiQL opens with. The array is plain JSON: a test reads it.
window.suretyExamples = [
  {
    "query": "# Search: a page of products with what a card shows, best first.\nquery SearchPage($query: String, $first: Int = 20, $after: Cursor) {\n  products(query: $query, first: $first, after: $after) {\n    totalCount\n    pageInfo { hasNextPage endCursor }\n    edges {\n      cursor\n      node {\n        id\n        title\n        minimumOrderQuantity\n        priceLadder { currencyCode breaks { minimumQuantity unitPrice { amount } } }\n        rating { average count }\n        supplier { id name country badges { kind } }\n      }\n    }\n  }\n}\n",
    "variables": "{\n  \"query\": \"steel\"\n}"
  },
  {
    "query": "# One product with its price for a quantity, its supplier and the supplier's badges. Take an id from the first tab.\nquery Product($id: ID!, $quantity: Int = 500) {\n  product(id: $id) {\n    id\n    title\n    description\n    minimumOrderQuantity\n    priceLadder { currencyCode breaks { minimumQuantity unitPrice { amount } } }\n    unitPrice(quantity: $quantity) { amount currencyCode }\n    nextBreak(quantity: $quantity) { minimumQuantity unitPrice { amount } }\n    supplier { id name country badges { kind issuer grantedAt expiresAt } }\n  }\n}\n",
    "variables": "{\n  \"id\": \"product_…\"\n}"
  },
  {
    "query": "# A supplier's page: evidence, ten products with their three newest reviews. Take an id from the first tab.\nquery SupplierPage($id: ID!) {\n  supplier(id: $id) {\n    id\n    name\n    country\n    specialisation\n    badges { kind issuer grantedAt expiresAt }\n    rating { average count }\n    metrics { ordersCompleted onTimeDispatchPercent }\n    products(first: 10) {\n      nodes {\n        id\n        title\n        reviews(first: 3) { nodes { score text createdAt } }\n      }\n    }\n  }\n}\n",
    "variables": "{\n  \"id\": \"supplier_…\"\n}"
  },
  {
    "query": "# The categories.\nquery Categories {\n  categories(first: 50) {\n    totalCount\n    nodes { id name depth parent { id name } }\n  }\n}\n"
  },
  {
    "query": "# Places an order. Sent twice with the same key it places one order. Needs a buyer's token, in the Headers tab:\n# {\"Authorization\": \"Bearer …\"}.\nmutation PlaceOrder($input: PlaceOrderInput!) {\n  placeOrder(input: $input) {\n    replayed\n    order { id number status version termsHash total { amount currencyCode } }\n    userErrors { code field message }\n  }\n}\n",
    "variables": "{\n  \"input\": {\n    \"idempotencyKey\": \"my-first-order\",\n    \"destinationCountry\": \"DE\",\n    \"lines\": [\n      {\n        \"productId\": \"product_…\",\n        \"quantity\": 500\n      }\n    ]\n  }\n}"
  },
  {
    "query": "# An order and what this caller can do with it now. Needs a token, in the Headers tab: {\"Authorization\": \"Bearer …\"}.\nquery Order($id: ID!) {\n  order(id: $id) {\n    id\n    number\n    status\n    version\n    availableActions { action deadline blockedBy }\n    escrow { due { amount } held { amount } released { amount } blockedBy }\n  }\n}\n",
    "variables": "{\n  \"id\": \"order_…\"\n}"
  },
  {
    "query": "# Every step of one order, or of all of yours without orderId. Hand the last cursor back as `after` to resume without\n# loss. Needs a token, in the Headers tab: {\"Authorization\": \"Bearer …\"}.\nsubscription OrderStatus($orderId: ID, $after: Cursor) {\n  orderStatusChanged(orderId: $orderId, after: $after) {\n    __typename\n    ... on OrderStatusEvent { cursor occurredAt type previousStatus status order { id number } }\n    ... on Checkpoint { cursor }\n  }\n}\n",
    "variables": "{\n  \"orderId\": null,\n  \"after\": null\n}"
  }
];
