/** What is followed, drawn over time. */
export function PlotsPage() {
  return (
    <>
      <h1>Plots</h1>
      <p>Nothing is followed yet.</p>
    </>
  );
}
