export const BARE_TASK_QUEUE = 'bench-limit';
