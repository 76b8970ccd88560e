import { JobList } from '../components/job-list.tsx';
import { Page } from '../components/page.tsx';

export function JobsPage() {
  return (
    <Page title="Syncs">
      <JobList dataSourceId={undefined} />
    </Page>
  );
}
