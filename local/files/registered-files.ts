/** Where the data folder holds who is registered. Apart from what opens them, which a start that asks nobody does without. */

export const USERS_FILE = 'users.json';
export const DEVICES_FILE = 'devices.sqlite';
