import {
  IconCalendarTime,
  IconDatabase,
  IconFiles,
  IconHistory,
  IconKey,
  IconLayoutDashboard,
  IconSearch,
  IconShieldCheck,
  IconTags,
  IconWand,
  IconWebhook,
} from '@tabler/icons-react';

/** The pages that the menu and the command palette lead to. */
export const places = [
  { to: '/overview', title: 'Overview', icon: IconLayoutDashboard },
  { to: '/sources', title: 'Sources', icon: IconDatabase },
  { to: '/documents', title: 'Documents', icon: IconFiles },
  { to: '/search', title: 'Search', icon: IconSearch },
  { to: '/jobs', title: 'Syncs', icon: IconHistory },
  { to: '/schedules', title: 'Schedules', icon: IconCalendarTime },
  { to: '/transformations', title: 'Transformations', icon: IconWand },
  { to: '/collections', title: 'Projects and tags', icon: IconTags },
  { to: '/webhooks', title: 'Webhooks', icon: IconWebhook },
  { to: '/keys', title: 'API keys', icon: IconKey },
  { to: '/activity', title: 'Activity', icon: IconShieldCheck },
] as const;
