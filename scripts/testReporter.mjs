// What one test file found, as JSON lines: a row for each test that ended. Suites are not tests and have no row, but one whose hook failed:
// no test of it tells why.
const isTest = (type, { details }) => details?.type !== 'suite' || (type === 'test:fail' && details.error?.failureType === 'hookFailed');

export default async function* testReporter(events) {
  for await (const { type, data } of events) {
    if ((type !== 'test:pass' && type !== 'test:fail') || !isTest(type, data)) continue;
    const set = (value) => (value === undefined || value === false ? undefined : value === true ? '' : String(value));
    const error = data.details?.error;
    yield `${JSON.stringify({
      name: data.name,
      passed: type === 'test:pass',
      skipped: set(data.skip),
      todo: set(data.todo),
      error: error && String(error.cause?.stack ?? error.cause ?? error.message),
    })}\n`;
  }
}
