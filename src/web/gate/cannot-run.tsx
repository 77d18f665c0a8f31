/** What stands there where the browser does not give the page what it needs. */
export function CannotRun({ reason }: { reason: string }) {
  return (
    <main class="sign-in">
      <h1>Gate</h1>
      <p class="problem" role="alert">
        This page cannot work here. {reason}
      </p>
    </main>
  );
}
