// Made from the manager's OpenAPI by tools/api: do not edit.
export interface paths {
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in
         * @description With a local user's password. The session ends some hours after its last use.
         */
        post: operations["sign_in"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/cookie": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in with a browser
         * @description As `POST /sessions`, but the session's secret is in a cookie that no script can read.
         */
        post: operations["sign_in_with_browser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/current": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Sign out
         * @description Ends the session that the call is made with.
         */
        delete: operations["sign_out"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List users
         * @description By name.
         */
        get: operations["list_users"];
        put?: never;
        /**
         * Create a user
         * @description With a first password, which the user should change.
         */
        post: operations["create_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the caller
         * @description The user whose session or API token the call is made with.
         */
        get: operations["show_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change the caller's password
         * @description All other sessions of the user end; API tokens stay.
         */
        post: operations["change_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one user
         * @description By name.
         */
        get: operations["show_user"];
        put?: never;
        post?: never;
        /**
         * Delete a user
         * @description Sessions and API tokens of the user end with it.
         */
        delete: operations["delete_user"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the caller's API tokens
         * @description By id, without their secrets.
         */
        get: operations["list_tokens"];
        put?: never;
        /**
         * Create an API token
         * @description It may do what the user may. The secret is in this reply and nowhere else.
         */
        post: operations["create_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an API token
         * @description One of the caller's own.
         */
        delete: operations["delete_token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List servers
         * @description By name.
         */
        get: operations["list_servers"];
        put?: never;
        /**
         * Make a server known
         * @description Answers with the token its agent enrols with, shown this once.
         */
        post: operations["add_server"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one server
         * @description By id or name.
         */
        get: operations["show_server"];
        put?: never;
        post?: never;
        /**
         * Forget a server
         * @description Only one that belongs to no pool, and that no job is taking into one.
         */
        delete: operations["delete_server"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{key}/inventory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a server's inventory
         * @description CPU, NUMA, memory, NICs, bridges, storage, hypervisor: asked of its agent now.
         */
        get: operations["show_inventory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{key}/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a new enrolment token
         * @description Earlier ones of the server are void. Good for one use within an hour.
         */
        post: operations["new_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{key}/maintenance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move all guests off a server and place none there
         * @description Starts the operation `server.maintenance` and answers with its job.
         */
        post: operations["enter_maintenance"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{key}/shutdown": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move all guests off a server, then switch it off; it stays in maintenance
         * @description Starts the operation `server.shutdown` and answers with its job.
         */
        post: operations["shut_down_server"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{key}/reboot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move all guests off a server, then start it anew
         * @description Starts the operation `server.reboot` and answers with its job.
         */
        post: operations["reboot_server"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{key}/activate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a server's maintenance
         * @description Starts the operation `server.activate` and answers with its job.
         */
        post: operations["activate_server"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enrolments/redeem": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Redeem an enrolment token
         * @description Called by `millpond-agent enrol`. The secret in the token is the proof of the right; it is
         *     used up only if a certificate is issued.
         */
        post: operations["redeem"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List pools
         * @description By name.
         */
        get: operations["list_pools"];
        put?: never;
        /**
         * Make a pool of enrolled servers that fit together
         * @description Starts the operation `pool.create` and answers with its job.
         */
        post: operations["create_pool"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one pool
         * @description By id or name. The ETag is its generation.
         */
        get: operations["show_pool"];
        put?: never;
        post?: never;
        /**
         * Dissolve a pool that has no virtual machines
         * @description Starts the operation `pool.delete` and answers with its job.
         */
        delete: operations["delete_pool"];
        options?: never;
        head?: never;
        /**
         * Change a pool's name, description, migration limits or high availability
         * @description Starts the operation `pool.edit` and answers with its job.
         */
        patch: operations["edit_pool"];
        trace?: never;
    };
    "/api/v1/pools/adopt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take over a pool, with its VMs, from its pool master
         * @description Starts the operation `pool.adopt` and answers with its job.
         */
        post: operations["adopt_pool"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/preflight": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Would these servers make a pool?
         * @description The body is that of creating a pool. Nothing is changed; every difference between the
         *     servers is listed with its fix.
         */
        post: operations["preflight_pool"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Do the members still fit together?
         * @description The preflight, for a pool that exists.
         */
        post: operations["check_pool"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/servers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add an enrolled server to a pool it fits into
         * @description Starts the operation `pool.add_server` and answers with its job.
         */
        post: operations["add_member"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/servers/{server}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take a server without guests, or a dead one, out of its pool
         * @description Starts the operation `pool.remove_server` and answers with its job.
         */
        delete: operations["remove_member"];
        options?: never;
        head?: never;
        /**
         * Change what a member does; the role master moves to it from the present master
         * @description Starts the operation `pool.set_roles` and answers with its job.
         */
        patch: operations["set_member_roles"];
        trace?: never;
    };
    "/api/v1/pools/{key}/ha": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a pool's high availability
         * @description Asked of the pool master now: each server's state, alarms, what may be promised.
         */
        get: operations["show_ha"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/arm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let high availability act again after works
         * @description Starts the operation `pool.arm` and answers with its job.
         */
        post: operations["arm_pool"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/disarm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let high availability watch and do nothing, for works on the network
         * @description Starts the operation `pool.disarm` and answers with its job.
         */
        post: operations["disarm_pool"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/timing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a pool's timing
         * @description All patiences of its engines, and what the pool may promise with the fence devices it has.
         */
        get: operations["show_timing"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/timing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What timing would a pool get?
         * @description For an outage of the storage that shall have no consequences.
         */
        get: operations["what_if_timing"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/failovers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List failovers, newest first
         * @description Read by the pool master from the cluster root.
         */
        get: operations["list_failovers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/failovers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one failover
         * @description Its whole timeline.
         */
        get: operations["show_failover"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List affinity rules
         * @description By name, as the pool master has them now.
         */
        get: operations["list_rules"];
        put?: never;
        /**
         * Keep VMs together or apart, or tie them to servers
         * @description Starts the operation `rule.add` and answers with its job.
         */
        post: operations["add_rule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/rules/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Drop an affinity rule
         * @description Starts the operation `rule.remove` and answers with its job.
         */
        delete: operations["remove_rule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/fencing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the fence devices of a pool's servers
         * @description One item for each server of the pool, by name.
         */
        get: operations["list_fencing"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{key}/fencing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a server's fence devices
         * @description The ETag is the generation of the pool's record of all devices.
         */
        get: operations["show_fencing"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{key}/fencing/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set one of a server's fence devices
         * @description In place of the one of that name, if there is one. Its arguments are compared with what its
         *     agent takes; whether it answers is another question (`check`).
         */
        put: operations["set_fence_device"];
        post?: never;
        /**
         * Remove one of a server's fence devices
         * @description Without any, the server's VMs are started elsewhere only once its leases have run out.
         */
        delete: operations["remove_fence_device"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{key}/fencing/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask a server's fence devices for its state
         * @description Changes nothing. Fails with the names of those that do not answer.
         */
        post: operations["check_fencing"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/fence-agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the fence agents that can be used
         * @description Those installed on the pool master, by name.
         */
        get: operations["list_fence_agents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/fence-agents/{agent}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what a fence agent takes
         * @description From the agent's own metadata.
         */
        get: operations["show_fence_agent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/bridges": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List bridges
         * @description Every bridge that some member has or all shall have, asked of all members now.
         */
        get: operations["list_bridges"];
        put?: never;
        /**
         * Make a bridge on every server of a pool
         * @description Starts the operation `bridge.create` and answers with its job.
         */
        post: operations["create_bridge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/bridges/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a bridge from every server of a pool
         * @description Starts the operation `bridge.delete` and answers with its job.
         */
        delete: operations["delete_bridge"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/repositories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List repositories
         * @description The cluster root and the pool's other repositories, as its servers see them now.
         */
        get: operations["list_repositories"];
        put?: never;
        /**
         * Make a repository of empty storage and mount it on the pool's servers
         * @description Starts the operation `repository.create` and answers with its job.
         */
        post: operations["create_repository"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/repositories/{repository}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one repository
         * @description By id or name; the cluster root is called ``root``.
         */
        get: operations["show_repository"];
        put?: never;
        post?: never;
        /**
         * Remove a repository without VMs; its contents only if asked to
         * @description Starts the operation `repository.delete` and answers with its job.
         */
        delete: operations["delete_repository"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/repositories/attach": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a pool a repository that is there already, with its VMs
         * @description Starts the operation `repository.attach` and answers with its job.
         */
        post: operations["attach_repository"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/repositories/{repository}/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Mount a repository where it is missing, and read anew what lies in it
         * @description Starts the operation `repository.refresh` and answers with its job.
         */
        post: operations["refresh_repository"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/repositories/{repository}/adopt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make VMs and images of what lies in a repository, where it is
         * @description Starts the operation `repository.adopt` and answers with its job.
         */
        post: operations["adopt_repository"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/repositories/{repository}/detach": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a repository from a pool, with the VMs that lie in it
         * @description Starts the operation `repository.detach` and answers with its job.
         */
        post: operations["detach_repository"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/templates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List templates
         * @description By name, read from the pool's repositories by its master.
         */
        get: operations["list_templates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/templates/{template}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one template
         * @description By name.
         */
        get: operations["show_template"];
        put?: never;
        post?: never;
        /**
         * Delete a template and its files
         * @description Starts the operation `template.delete` and answers with its job.
         */
        delete: operations["delete_template"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/templates/{template}/deploy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Copy a template to another pool
         * @description Starts the operation `template.deploy` and answers with its job.
         */
        post: operations["deploy_template"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List imported images
         * @description By name, read from the pool's repositories by its master.
         */
        get: operations["list_images"];
        put?: never;
        /**
         * Import an ISO, a template or a shared disk
         * @description Starts the operation `image.import` and answers with its job.
         */
        post: operations["import_image"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/images/{image}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one image
         * @description By name or id.
         */
        get: operations["show_image"];
        put?: never;
        post?: never;
        /**
         * Remove an imported image and, unless told otherwise, its file
         * @description Starts the operation `image.delete` and answers with its job.
         */
        delete: operations["delete_image"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/images/{image}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve an imported image: from then on it can be used
         * @description Starts the operation `image.approve` and answers with its job.
         */
        post: operations["approve_image"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin an upload
         * @description Room for it has to be there. Send it with `PUT`, then import it.
         */
        post: operations["begin_upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/uploads/{upload}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ask how far an upload is
         * @description An upload that broke off goes on from there.
         */
        get: operations["show_upload"];
        /**
         * Send a piece of an upload
         * @description Up to 1 MiB, which has to follow what was received. A piece that is there already is fine, so each
         *     may be sent again.
         */
        put: operations["write_upload"];
        post?: never;
        /**
         * Give an upload up
         * @description What has arrived is removed. One that is being imported is cancelled with its job instead.
         */
        delete: operations["drop_upload"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List backups
         * @description The oldest first, as a server reads them in the place given by ``repository`` or ``directory``.
         */
        get: operations["list_backups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/backups/{vm}/{backup}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one backup
         * @description Its manifest. ``vm`` is the VM's id or what it was called, ``backup`` an id or ``latest``.
         */
        get: operations["show_backup"];
        put?: never;
        post?: never;
        /**
         * Delete a backup that no other builds on
         * @description Starts the operation `backup.delete` and answers with its job.
         */
        delete: operations["delete_backup"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Back a VM up, while it runs or is off
         * @description Starts the operation `backup.create` and answers with its job.
         */
        post: operations["create_backup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/backups/{vm}/{backup}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Read a backup, with all that it needs, and compare it with what was written
         * @description Starts the operation `backup.verify` and answers with its job.
         */
        post: operations["verify_backup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/backups/{vm}/{backup}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bring a VM back from a backup, as a new one or in its place
         * @description Starts the operation `backup.restore` and answers with its job.
         */
        post: operations["restore_backup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List VMs
         * @description In the order of their names. All filters given must fit.
         */
        get: operations["list_vms"];
        put?: never;
        /**
         * Create a VM from a template or with empty disks
         * @description Starts the operation `vm.create` and answers with its job.
         */
        post: operations["create_vm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one VM
         * @description By id or name. The ETag is its generation.
         */
        get: operations["show_vm"];
        put?: never;
        post?: never;
        /**
         * Remove a VM and, unless told otherwise, its disks
         * @description Starts the operation `vm.delete` and answers with its job.
         */
        delete: operations["delete_vm"];
        options?: never;
        head?: never;
        /**
         * Change a VM; what cannot be changed while it runs waits for its next start
         * @description Starts the operation `vm.edit` and answers with its job.
         */
        patch: operations["edit_vm"];
        trace?: never;
    };
    "/api/v1/vms/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import a VM of another product with its disks
         * @description Starts the operation `vm.import` and answers with its job.
         */
        post: operations["import_vm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Write a VM out as an OVA, or describe it for another product
         * @description Starts the operation `vm.export` and answers with its job.
         */
        post: operations["export_vm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start a VM on the server that suits it best
         * @description Starts the operation `vm.start` and answers with its job.
         */
        post: operations["start_vm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask the guest to power off, and wait for it
         * @description Starts the operation `vm.stop` and answers with its job.
         */
        post: operations["stop_vm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/kill": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Power off at once; what the guest had not written is lost
         * @description Starts the operation `vm.kill` and answers with its job.
         */
        post: operations["kill_vm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/reboot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Shut the guest down and start it again with pending changes
         * @description Starts the operation `vm.reboot` and answers with its job.
         */
        post: operations["reboot_vm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Press the guest's reset button
         * @description Starts the operation `vm.reset` and answers with its job.
         */
        post: operations["reset_vm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop the guest's processors; memory and server stay taken
         * @description Starts the operation `vm.pause` and answers with its job.
         */
        post: operations["pause_vm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/unpause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let a paused guest run on
         * @description Starts the operation `vm.unpause` and answers with its job.
         */
        post: operations["unpause_vm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Save the guest's memory to disk and free its server
         * @description Starts the operation `vm.suspend` and answers with its job.
         */
        post: operations["suspend_vm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bring a suspended VM back where it left off
         * @description Starts the operation `vm.resume` and answers with its job.
         */
        post: operations["resume_vm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/migrate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move a VM to another server of its pool
         * @description Starts the operation `vm.migrate` and answers with its job.
         */
        post: operations["migrate_vm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move a VM to another repository: its disks while it runs, all of it while it is off
         * @description Starts the operation `vm.move` and answers with its job.
         */
        post: operations["move_vm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/vifs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Plug a network interface into a VM
         * @description Starts the operation `vif.add` and answers with its job.
         */
        post: operations["add_vif"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/vifs/{mac}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Unplug a network interface from a VM
         * @description Starts the operation `vif.remove` and answers with its job.
         */
        delete: operations["remove_vif"];
        options?: never;
        head?: never;
        /**
         * Plug a network interface into another bridge, or change its rate limit
         * @description Starts the operation `vif.edit` and answers with its job.
         */
        patch: operations["edit_vif"];
        trace?: never;
    };
    "/api/v1/vms/{key}/disks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a new disk for a VM and plug it in
         * @description Starts the operation `disk.add` and answers with its job.
         */
        post: operations["add_disk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/disks/attach": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Plug a disk that exists into a VM: a file of its own, a shared disk, or a device
         * @description Starts the operation `disk.attach` and answers with its job.
         */
        post: operations["attach_disk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/disks/{target}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take a disk from a VM and delete its file
         * @description Starts the operation `disk.remove` and answers with its job.
         */
        delete: operations["remove_disk"];
        options?: never;
        head?: never;
        /**
         * Limit how much a VM reads from and writes to a disk
         * @description Starts the operation `disk.edit` and answers with its job.
         */
        patch: operations["edit_disk"];
        trace?: never;
    };
    "/api/v1/vms/{key}/disks/{target}/grow": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a disk of a VM larger
         * @description Starts the operation `disk.grow` and answers with its job.
         */
        post: operations["grow_disk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/disks/{target}/detach": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a disk from a VM and leave its file or device as it is
         * @description Starts the operation `disk.detach` and answers with its job.
         */
        post: operations["detach_disk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/disks/{target}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move a disk of a VM to another repository, while the VM runs too
         * @description Starts the operation `disk.move` and answers with its job.
         */
        post: operations["move_disk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/cdrom": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Put an ISO into a VM's CD drive
         * @description Starts the operation `cdrom.insert` and answers with its job.
         */
        put: operations["insert_cd"];
        post?: never;
        /**
         * Take the CD out of a VM's drive
         * @description Starts the operation `cdrom.eject` and answers with its job.
         */
        delete: operations["eject_cd"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/console/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the last output of the serial console
         * @description Since the guest came to the server it is on.
         */
        get: operations["console_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/console": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a live console
         * @description Answers with the URL of a WebSocket, good for one connection within 30 s.
         */
        post: operations["open_console"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List jobs, newest first
         * @description All filters given must fit.
         */
        get: operations["list_jobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one job
         * @description With its steps and, while it runs, its progress.
         */
        get: operations["show_job"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/wait": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Wait for a job
         * @description Answers when the job has ended or is held, or as it is when the time is up.
         */
        get: operations["wait_for_job"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job
         * @description Asks it to stop and take back what it did; past its point of no return it completes.
         */
        post: operations["cancel_job"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume a held job
         * @description It looks at the world again and goes on from there.
         */
        post: operations["resume_job"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow events
         * @description A stream of server-sent events (WHATWG HTML, 9.2) without an end: `id` is the event's
         *     number, `event` its kind, `data` the JSON of an Event. Without Last-Event-ID it begins now. It
         *     ends soon after the session or API token does.
         */
        get: operations["follow_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List past events, newest first
         * @description All filters given must fit.
         */
        get: operations["list_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/healthz/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is the process alive?
         * @description Answers as long as the process does.
         */
        get: operations["live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/healthz/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Can the manager work?
         * @description 503 while its database does not answer.
         */
        get: operations["ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics for Prometheus
         * @description In the text exposition format. A setting can make it public.
         */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/cloud-init": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a VM's cloud-init data
         * @description As its CD says, but for the user-data: they can hold secrets.
         */
        get: operations["show_cloud_init"];
        /**
         * Give a VM that is off new cloud-init data; its next boot is a first boot to them
         * @description Starts the operation `cloud-init.set` and answers with its job.
         */
        put: operations["set_cloud_init"];
        post?: never;
        /**
         * Take the CD with the cloud-init data out of a VM that is off, and remove it
         * @description Starts the operation `cloud-init.detach` and answers with its job.
         */
        delete: operations["detach_cloud_init"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/clone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Clone a VM that is off, or as it is while it runs
         * @description Starts the operation `vm.clone` and answers with its job.
         */
        post: operations["clone_vm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/clones": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Clone a VM that is off many times
         * @description Starts the operation `vm.clone_many` and answers with its job.
         */
        post: operations["clone_vm_many_times"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/template": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a template of a VM that is off
         * @description Starts the operation `vm.save_template` and answers with its job.
         */
        post: operations["save_as_template"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/warm-import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to import a VM that still runs elsewhere
         * @description Starts the operation `warm-import.begin` and answers with its job.
         */
        post: operations["begin_warm_import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/warm-import/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Copy what has changed of a VM that still runs elsewhere; all of it the first time
         * @description Starts the operation `warm-import.sync` and answers with its job.
         */
        post: operations["sync_warm_import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/warm-import/cut-over": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Copy the last changes of a VM that is off where it ran; it can start here then
         * @description Starts the operation `warm-import.cut-over` and answers with its job.
         */
        post: operations["cut_over_warm_import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/warm-import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Give up a warm import: what was copied is removed, and the original stays as it is
         * @description Starts the operation `warm-import.cancel` and answers with its job.
         */
        delete: operations["cancel_warm_import"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/snapshots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List snapshots
         * @description By name, as the VM's record has them now. Each names the one that it came after.
         */
        get: operations["list_snapshots"];
        put?: never;
        /**
         * Keep a VM's disks, and its memory if wanted, as they are now
         * @description Starts the operation `snapshot.create` and answers with its job.
         */
        post: operations["create_snapshot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/snapshots/{snapshot}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one snapshot
         * @description With the VM as it was then.
         */
        get: operations["show_snapshot"];
        put?: never;
        post?: never;
        /**
         * Delete a snapshot; the VM and its other snapshots stay what they are
         * @description Starts the operation `snapshot.delete` and answers with its job.
         */
        delete: operations["delete_snapshot"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/snapshots/{snapshot}/revert": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a VM back to a snapshot; what it wrote since is lost
         * @description Starts the operation `snapshot.revert` and answers with its job.
         */
        post: operations["revert_snapshot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List schedules
         * @description By name, as the VM's record has them now.
         */
        get: operations["list_schedules"];
        put?: never;
        /**
         * Have snapshots or backups of a VM made, and deleted again, by schedule
         * @description Starts the operation `schedule.set` and answers with its job.
         */
        post: operations["set_schedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/schedules/{schedule}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a schedule's snapshot or backup now
         * @description Starts the operation `schedule.run` and answers with its job.
         */
        post: operations["run_schedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/schedules/{schedule}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Make no more snapshots or backups by a schedule; those that it made stay
         * @description Starts the operation `schedule.delete` and answers with its job.
         */
        delete: operations["delete_schedule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/exports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List exported files
         * @description What lies in `publish_pool`, by name.
         */
        get: operations["list_exports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/exports/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download an exported file
         * @description Answers 206 to a request for one range. The `ETag` changes with the file; with `If-Range`, the whole
         *     of another version comes instead of a range.
         */
        get: operations["download_export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/arrays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List arrays
         * @description By name. The arrays themselves are not asked.
         */
        get: operations["list_arrays"];
        put?: never;
        /**
         * Register an array
         * @description It is asked how it is, and its SPs' certificates are taken for theirs from then on.
         */
        post: operations["add_array"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/arrays/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show an array's health and capacity
         * @description As the array says now.
         */
        get: operations["show_array"];
        put?: never;
        post?: never;
        /**
         * Forget an array
         * @description Nothing changes on the array itself, nor for those who use its LUNs.
         */
        delete: operations["remove_array"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/arrays/{key}/luns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List an array's LUNs
         * @description Those of its pools, by number, whoever made them.
         */
        get: operations["list_array_luns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/arrays/{key}/ports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List an array's ports for hosts
         * @description Those that have an address, by SP and number.
         */
        get: operations["list_array_ports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/arrays/{key}/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List an array's storage groups
         * @description By name, whoever made them.
         */
        get: operations["list_array_groups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/arrays/{key}/snapshots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List an array's snapshots
         * @description SnapView's sessions first, then snapshots, by name; with where hosts find them.
         */
        get: operations["list_array_snapshots"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/arrays/{key}/mirrors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List an array's mirrors
         * @description Those that it has an image of, primary or secondary, by kind and name.
         */
        get: operations["list_array_mirrors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/arrays/{key}/migrations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List an array's LUN migrations
         * @description Those under way, and those that have stopped, by the LUN that moves.
         */
        get: operations["list_array_migrations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/arrays/{key}/qos": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show an array's quality of service
         * @description Its policies, and the I/O classes that they hold to goals.
         */
        get: operations["show_array_qos"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/arrays/{key}/performance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what hosts did to an array's LUNs in the last minute
         * @description By LUN number; empty until the manager has asked twice. The array is not asked now.
         */
        get: operations["list_array_performance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/luns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a pool's LUNs
         * @description By name, as the pool master has them now.
         */
        get: operations["list_luns"];
        put?: never;
        /**
         * Give a pool a LUN of an array, on all of its servers
         * @description Starts the operation `lun.create` and answers with its job.
         */
        post: operations["create_lun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pools/{key}/luns/{lun}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take a LUN that no VM has from a pool's servers, and delete it with its data
         * @description Starts the operation `lun.delete` and answers with its job.
         */
        delete: operations["delete_lun"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/samples": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what a VM has used
         * @description CPU, memory, disks and network over the last hour or day, by VM id or name.
         */
        get: operations["vm_samples"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/servers/{key}/samples": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what a server has used
         * @description CPU and memory over the last hour or day, by server id or name.
         */
        get: operations["server_samples"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/arrays/{key}/samples": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what hosts did to an array
         * @description Reads, writes and response time over the last hour or day. The array is not asked now.
         */
        get: operations["array_samples"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vms/{key}/description": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Describe a VM
         * @description The VM's configuration as its record has it, by id or name. What others call its disks' paths
         *     are those on its servers.
         */
        get: operations["describe_vm"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show versions
         * @description Of the manager and of this API.
         */
        get: operations["version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Acceleration
         * @enum {string}
         */
        Acceleration: "kvm" | "tcg" | "xen";
        /**
         * AffinityRule
         * @description ``together`` and ``apart`` are among ``vms``; ``on`` and ``not-on`` tie them to ``servers``.
         *     VMs and servers by name. A rule that is not ``strict`` is followed where there is a choice.
         */
        AffinityRule: {
            /** Name */
            name: string;
            kind: components["schemas"]["RuleKind"];
            /** Vms */
            vms: string[];
            /**
             * Servers
             * @default []
             */
            servers: string[];
            /**
             * Strict
             * @default true
             */
            strict: boolean;
        };
        /** Array */
        Array: {
            /**
             * Id
             * @example 0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11
             */
            id: string;
            /**
             * Name
             * @example cx4
             */
            name: string;
            kind: components["schemas"]["ArrayKind"];
            /** Addresses */
            addresses: string[];
            /** User */
            user: string;
            /**
             * Created
             * @description Seconds since 1970 UTC
             */
            created: number;
        };
        /**
         * ArrayHealth
         * @description ``answers`` says of each of its addresses whether anybody answers there; ``faults`` are the array's
         *     own words, empty if all is well.
         */
        ArrayHealth: {
            /** Serial */
            serial: string;
            /** Model */
            model: string;
            /** Answers */
            answers: {
                [key: string]: boolean;
            };
            /**
             * Faults
             * @default []
             */
            faults: string[];
        };
        /**
         * ArrayKind
         * @description ``navisphere`` is administered with naviseccli; ``plain`` is one whose LUNs somebody else
         *     administers.
         * @enum {string}
         */
        ArrayKind: "navisphere" | "plain";
        /**
         * ArrayLun
         * @description ``uid`` is the LUN's name for hosts (NAA, hexadecimal, lower case), which no other LUN has.
         *     ``used`` are the bytes that it takes from its pool.
         */
        ArrayLun: {
            /** Number */
            number: number;
            /** Name */
            name: string;
            /**
             * Uid
             * @example 6006016012603d00956338879d69e511
             */
            uid: string;
            /**
             * Size
             * @description Bytes
             */
            size: number;
            /**
             * Used
             * @description Bytes
             */
            used: number;
            /** Pool */
            pool: string;
            /** Thin */
            thin: boolean;
            /**
             * Owner
             * @description The SP that serves it now
             */
            owner: string;
            /**
             * State
             * @description In the array's own words
             */
            state: string;
        };
        /**
         * ArrayMigration
         * @description A LUN whose data moves to where another one lies, which is used up by it.
         */
        ArrayMigration: {
            /**
             * Source
             * @description Number of the LUN that moves
             */
            source: number;
            /** Source Name */
            source_name: string;
            /** Destination */
            destination: number;
            /** Destination Name */
            destination_name: string;
            /**
             * Rate
             * @example MEDIUM
             */
            rate: string;
            /**
             * State
             * @description In the array's own words
             * @example MIGRATING
             */
            state: string;
            /**
             * Progress
             * @description Percent
             */
            progress: number;
            /**
             * Left
             * @description How long it will take, in the array's own words
             */
            left: string;
        };
        /**
         * ArrayMirror
         * @description As the array that was asked knows it: ``lun`` is its own image's, be that the primary or not.
         */
        ArrayMirror: {
            /** Name */
            name: string;
            kind: components["schemas"]["MirrorKind"];
            /**
             * Lun
             * @description Number of the LUN that is this array's image
             */
            lun: number;
            /**
             * Primary
             * @description Hosts write to this array's image
             */
            primary: boolean;
            /**
             * Status
             * @description In the array's own words
             * @example Mirrored
             */
            status: string;
            /** Faulted */
            faulted: boolean;
            /**
             * Images
             * @description In other arrays, or this one's own
             */
            images: components["schemas"]["SecondaryImage"][];
        };
        /**
         * ArrayPool
         * @description Sizes in bytes. ``subscribed`` is what its LUNs have been promised.
         */
        ArrayPool: {
            /** Name */
            name: string;
            /**
             * Size
             * @description Bytes
             */
            size: number;
            /**
             * Free
             * @description Bytes
             */
            free: number;
            /**
             * Subscribed
             * @description Bytes
             */
            subscribed: number;
            /**
             * State
             * @description In the array's own words
             */
            state: string;
        };
        /**
         * ArrayPort
         * @description A port that hosts reach LUNs through, by iSCSI.
         */
        ArrayPort: {
            /** Sp */
            sp: string;
            /** Number */
            number: number;
            /**
             * Iqn
             * @example iqn.1992-04.com.emc:cx.apm00153042305.a0
             */
            iqn: string;
            /** Address */
            address: string;
        };
        /**
         * ArrayQos
         * @description An array's quality of service.
         */
        ArrayQos: {
            /**
             * Policies
             * @default []
             */
            policies: components["schemas"]["IoPolicy"][];
            /**
             * Classes
             * @default []
             */
            classes: components["schemas"]["IoClass"][];
        };
        /**
         * ArraySamples
         * @description An array is asked once a minute.
         */
        ArraySamples: {
            /**
             * Start
             * @description When the first begins; Seconds since 1970 UTC
             */
            start: number;
            /**
             * Step
             * @description Seconds
             * @example 20
             */
            step: number;
            /**
             * Reads
             * @description Commands a second
             * @example [
             *       120,
             *       95.5
             *     ]
             */
            reads: (number | null)[];
            /**
             * Writes
             * @description Commands a second
             * @example [
             *       40,
             *       0
             *     ]
             */
            writes: (number | null)[];
            /**
             * Bytes Read
             * @description A second
             * @example [
             *       983040,
             *       782336
             *     ]
             */
            bytes_read: (number | null)[];
            /**
             * Bytes Written
             * @description A second
             * @example [
             *       327680,
             *       0
             *     ]
             */
            bytes_written: (number | null)[];
            /**
             * Response
             * @description Milliseconds that a command took; 0 if there was none
             * @example [
             *       0.8,
             *       1.25
             *     ]
             */
            response: (number | null)[];
        };
        /**
         * ArraySnapshot
         * @description What LUNs had at one instant. ``shown_as`` is where hosts find it: mount points, by their LUN
         *     numbers, or the names of SnapView's snapshots.
         */
        ArraySnapshot: {
            /** Name */
            name: string;
            kind: components["schemas"]["SnapshotKind"];
            /**
             * Luns
             * @description Numbers of the LUNs it is of
             */
            luns: number[];
            /**
             * Group
             * @description The consistency group it was made of, if any
             * @default
             */
            group: string;
            /**
             * Created
             * @description In the array's own words and by its clock; of a session not told
             * @default
             */
            created: string;
            /**
             * Shown As
             * @description Mount points, or SnapView snapshots, that hosts find it at
             * @default []
             */
            shown_as: string[];
        };
        /**
         * ArrayView
         * @description With what the array itself says, which is asked now.
         */
        ArrayView: {
            /**
             * Id
             * @example 0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11
             */
            id: string;
            /**
             * Name
             * @example cx4
             */
            name: string;
            kind: components["schemas"]["ArrayKind"];
            /** Addresses */
            addresses: string[];
            /** User */
            user: string;
            /**
             * Created
             * @description Seconds since 1970 UTC
             */
            created: number;
            health: components["schemas"]["ArrayHealth"];
            /**
             * Well
             * @description All of it answers, and it reports no fault
             */
            well: boolean;
            /** Pools */
            pools: components["schemas"]["ArrayPool"][];
        };
        /**
         * Backup
         * @description ``manifest.json``. ``config`` is the VM's as it was, ``parent`` the backup that incremental disks
         *     build on, None if all are full. ``live``: the guest ran meanwhile; its disks are as of ``taken``,
         *     which is in seconds since 1970 UTC. ``quiesced``: its file systems were frozen then; if they should have
         *     been and were not, ``why_not_quiesced`` says why. ``schedule`` had it taken, None: somebody by hand.
         */
        Backup: {
            /** Id */
            id: string;
            /** Vm */
            vm: string;
            /** Pool */
            pool: string;
            /** Schedule */
            schedule?: string | null;
            /** Taken */
            taken: number;
            /** Live */
            live: boolean;
            /**
             * Quiesced
             * @default false
             */
            quiesced: boolean;
            /**
             * Why Not Quiesced
             * @default
             */
            why_not_quiesced: string;
            /** Parent */
            parent: string | null;
            config: components["schemas"]["VmConfig"];
            /** Disks */
            disks: components["schemas"]["SavedDisk"][];
        };
        /** BackupCreateRequest */
        BackupCreateRequest: {
            /**
             * Repository
             * @description Name or id; root is the cluster root
             * @example data1
             */
            repository?: string | null;
            /**
             * Directory
             * @description One that the server's administrator opened for backups
             */
            directory?: string | null;
            /**
             * Server
             * @description The server whose directory it is; left out, a utility server
             */
            server?: string | null;
            /**
             * Full
             * @description Everything, even if less would do
             * @default false
             */
            full: boolean;
            /**
             * @description Have the guest's agent freeze its file systems for that moment: if it answers (try), or refuse without (require)
             * @default no
             */
            quiesce: components["schemas"]["Quiesce"];
            /**
             * Keep
             * @description Then delete the VM's oldest backups there that were taken by hand, but leave so many
             */
            keep?: number | null;
        };
        /**
         * BackupRequest
         * @description A request about one backup that there is.
         */
        BackupRequest: {
            /**
             * Repository
             * @description Name or id; root is the cluster root
             * @example data1
             */
            repository?: string | null;
            /**
             * Directory
             * @description One that the server's administrator opened for backups
             */
            directory?: string | null;
            /**
             * Server
             * @description The server whose directory it is; left out, a utility server
             */
            server?: string | null;
        };
        /** BackupRestoreRequest */
        BackupRestoreRequest: {
            /**
             * Repository
             * @description Name or id; root is the cluster root
             * @example data1
             */
            repository?: string | null;
            /**
             * Directory
             * @description One that the server's administrator opened for backups
             */
            directory?: string | null;
            /**
             * Server
             * @description The server whose directory it is; left out, a utility server
             */
            server?: string | null;
            /**
             * Name
             * @description What the new VM shall be called; its own
             */
            name?: string | null;
            /**
             * To
             * @description Repository of the new VM; left out, the cluster root
             */
            to?: string | null;
            /**
             * Same Macs
             * @description The MAC addresses of then, instead of fresh ones
             * @default false
             */
            same_macs: boolean;
            /**
             * Over
             * @description No new VM: replace the disks of the one that was backed up
             * @default false
             */
            over: boolean;
        };
        /**
         * BackupView
         * @description One backup, without the VM's configuration. ``parent``: it builds on that one, None: on none.
         *     ``quiesced``: its guest's file systems were frozen. ``schedule`` had it taken, None: somebody by hand.
         */
        BackupView: {
            /** Id */
            id: string;
            /** Vm */
            vm: string;
            /** Name */
            name: string;
            /** Schedule */
            schedule: string | null;
            /** Taken */
            taken: number;
            /** Live */
            live: boolean;
            /** Quiesced */
            quiesced: boolean;
            /** Parent */
            parent: string | null;
            /**
             * Bytes
             * @description Of its files
             */
            bytes: number;
            /**
             * Size
             * @description Of the VM's disks, in bytes
             */
            size: number;
        };
        /**
         * BootDevice
         * @enum {string}
         */
        BootDevice: "disk" | "cdrom" | "network";
        /** Bridge */
        Bridge: {
            /** Name */
            name: string;
            /** Mac */
            mac: string;
            /** Up */
            up: boolean;
            /**
             * Ports
             * @default []
             */
            ports: string[];
            /**
             * Addresses
             * @default []
             */
            addresses: string[];
        };
        /**
         * BridgeSpec
         * @description A bridge every member has. ``vlan`` tags what leaves by ``nic``; ``bond`` lists the NICs that
         *     ``nic`` is made of (active-backup), when it is a bond.
         */
        BridgeSpec: {
            /** Name */
            name: string;
            /** Nic */
            nic?: string | null;
            /** Vlan */
            vlan?: number | null;
            /**
             * Bond
             * @default []
             */
            bond: string[];
        };
        /**
         * BridgeView
         * @description A bridge, and the members that have it.
         */
        BridgeView: {
            /**
             * Name
             * @example xenbr0
             */
            name: string;
            /**
             * Managed
             * @description In the pool's record: every member shall have it
             */
            managed: boolean;
            /** Nic */
            nic: string | null;
            /** Vlan */
            vlan: number | null;
            /** Bond */
            bond: string[];
            /**
             * Servers
             * @description Members that have it
             */
            servers: string[];
            /**
             * Missing
             * @description Members that lack it
             */
            missing: string[];
            /**
             * Unknown
             * @description Members that did not answer
             */
            unknown: string[];
        };
        /**
         * BrowserSession
         * @description A session whose secret is in a cookie.
         */
        BrowserSession: {
            /** User */
            user: string;
            /**
             * Expires
             * @description Seconds since 1970 UTC, later with every request
             */
            expires: number | null;
        };
        /**
         * Busy
         * @description The running job that holds the object.
         */
        Busy: {
            /** Job */
            job: string;
            /**
             * Kind
             * @example vm.start
             */
            kind: string;
        };
        /** CdInsertRequest */
        CdInsertRequest: {
            /** Iso */
            iso: string;
        };
        /**
         * Cloning
         * @description ``auto``: at once wherever that can be, else a copy. ``linked``: an empty disk over the template's,
         *     which has to stay. ``full``: all data of its own, at once where the file system shares blocks.
         * @enum {string}
         */
        Cloning: "auto" | "linked" | "full";
        /**
         * CloudInit
         * @description What is to be set in a guest when it boots from a fresh disk.
         */
        CloudInit: {
            /**
             * Hostname
             * @description The VM's name if left out
             * @example web1.example.com
             */
            hostname?: string | null;
            /**
             * User
             * @description A user to be made, who may become root; left out, the keys are for the image's own
             * @example anna
             */
            user?: string | null;
            /**
             * Password Hash
             * @description Of that user, as crypt(5) has it; never the password itself
             */
            password_hash?: string | null;
            /**
             * Ssh Keys
             * @default []
             * @example [
             *       "ssh-ed25519 AAAA anna@desk"
             *     ]
             */
            ssh_keys: string[];
            /**
             * Networks
             * @description The first is for the VM's first network interface, and so on; the others use DHCP
             * @default []
             */
            networks: components["schemas"]["CloudNetwork"][];
            /**
             * User Data
             * @description #cloud-config, a script or a multipart message, applied last
             */
            user_data?: string | null;
        };
        /**
         * CloudNetwork
         * @description The addresses of one network interface; without any it asks for one by DHCP.
         */
        CloudNetwork: {
            /**
             * Addresses
             * @default []
             * @example [
             *       "192.0.2.10/24"
             *     ]
             */
            addresses: string[];
            /**
             * Gateway
             * @example 192.0.2.1
             */
            gateway?: string | null;
            /**
             * Dns
             * @default []
             * @example [
             *       "192.0.2.53"
             *     ]
             */
            dns: string[];
            /**
             * Search
             * @default []
             * @example [
             *       "example.com"
             *     ]
             */
            search: string[];
        };
        /**
         * ConsoleRequest
         * @description Which console to open.
         */
        ConsoleRequest: {
            /**
             * Kind
             * @default serial
             * @example serial
             */
            kind: string;
        };
        /**
         * ConsoleTicket
         * @description Open ``url`` as a WebSocket (binary frames both ways) before ``expires``; good for once.
         */
        ConsoleTicket: {
            /** Ticket */
            ticket: string;
            /**
             * Url
             * @example /api/v1/consoles/Zk3y7v0c
             */
            url: string;
            /**
             * Expires
             * @description Seconds since 1970 UTC
             */
            expires: number;
        };
        /** Cpu */
        Cpu: {
            /** Model */
            model: string;
            /** Vendor */
            vendor: string;
            /** Flags */
            flags: string[];
            /** Sockets */
            sockets: number;
            /**
             * Cores
             * @description Cores per socket
             */
            cores: number;
            /**
             * Threads
             * @description Threads per core
             */
            threads: number;
            /** Mhz */
            mhz: number;
        };
        /**
         * Credentials
         * @description A user name and its password.
         */
        Credentials: {
            /**
             * Name
             * @example admin
             */
            name: string;
            /**
             * Password
             * @example four random plain words
             */
            password: string;
        };
        /**
         * Difference
         * @description One thing in the way (``blocking``) or worth knowing.
         */
        Difference: {
            /** Server */
            server: string;
            /** Subject */
            subject: string;
            /** Expected */
            expected: string;
            /** Found */
            found: string;
            /** Fix */
            fix: string;
            /**
             * Blocking
             * @default true
             */
            blocking: boolean;
        };
        /**
         * Disk
         * @description One disk. ``file:NAME`` lies in the VM's own directory, ``file:/PATH`` in its directory of
         *     another ``repository`` (its id, None if that is the cluster root); ``phy:/dev/...`` is a block device;
         *     ``shared:NAME`` lies among the repository's shared disks;
         *     ``iso:NAME`` is a CD of the repository, which many VMs may have; ``iso:`` is a drive without one.
         *
         *     ``size`` is in bytes. The bus follows from the target name: vd/xvd virtio (or xen-blk), sd SCSI,
         *     hd IDE. ``iops_limit`` and ``rate_limit`` hold for reads and writes together. ``backing`` are the
         *     images that hold what ``source`` does not, the nearest first: the whole chain with its formats, so
         *     that nobody has to believe what the images say of each other.
         */
        Disk: {
            /** Target */
            target: string;
            /** Source */
            source: string;
            /** @default raw */
            format: components["schemas"]["DiskFormat"];
            /**
             * Size
             * @description Bytes; 0 is a CD drive without a CD
             */
            size: number;
            /**
             * Readonly
             * @default false
             */
            readonly: boolean;
            /** Repository */
            repository?: string | null;
            /**
             * Backing
             * @default []
             */
            backing: components["schemas"]["Layer"][];
            /**
             * Sharable
             * @description Other VMs may have it at the same time; raw, and no VM's own file
             * @default false
             */
            sharable: boolean;
            /**
             * Iops Limit
             * @description Per second
             */
            iops_limit?: number | null;
            /**
             * Rate Limit
             * @description kB/s
             */
            rate_limit?: number | null;
        };
        /** DiskAttachRequest */
        DiskAttachRequest: {
            /**
             * Source
             * @description `file:NAME`, a file in the VM's directory; `shared:IMAGE`, an approved image of kind disk; or `phy:/dev/...`, a block device
             * @example shared:quorum
             */
            source: string;
            /**
             * Target
             * @example vdb
             */
            target: string;
            /** @description Of a file whose name does not end in it */
            format?: components["schemas"]["DiskFormat"] | null;
            /**
             * Readonly
             * @default false
             */
            readonly: boolean;
            /**
             * Sharable
             * @description Other VMs may have it at the same time, each by this word
             * @default false
             */
            sharable: boolean;
        };
        /** DiskEditRequest */
        DiskEditRequest: {
            /**
             * Iops Limit
             * @description Per second; 0 lifts the limit
             */
            iops_limit?: number | null;
            /**
             * Rate Limit
             * @description kB/s; 0 lifts the limit
             */
            rate_limit?: number | null;
        };
        /**
         * DiskFormat
         * @enum {string}
         */
        DiskFormat: "raw" | "qcow2";
        /** DiskGrowRequest */
        DiskGrowRequest: {
            /**
             * Size
             * @description Bytes that it shall have
             */
            size: number;
        };
        /** DiskMoveRequest */
        DiskMoveRequest: {
            /**
             * Repository
             * @description Where to; `root` is the cluster root
             * @example data1
             */
            repository: string;
            /**
             * Rate
             * @description kB/s at most while the VM runs; 0 is no limit
             * @default 0
             */
            rate: number;
        };
        /**
         * Enrolment
         * @description An agent's certificate and the CA it was signed by, as PEM.
         */
        Enrolment: {
            /** Ca */
            ca: string;
            /** Certificate */
            certificate: string;
            /** Name */
            name: string;
            /** Address */
            address: string;
        };
        /**
         * ErrorBody
         * @description ``kind``: refused = nothing was changed; failed = tried, did not work; unknown = the outcome
         *     is not known, look again before repeating.
         */
        ErrorBody: {
            /**
             * Kind
             * @enum {string}
             */
            kind: "refused" | "failed" | "unknown";
            /**
             * Code
             * @description One of the documented error codes
             * @example object.busy
             */
            code: string;
            /**
             * Subject
             * @description What the error is about
             * @example vm web1
             */
            subject: string;
            /**
             * Message
             * @description What is wrong, in a sentence
             */
            message: string;
            /**
             * Fix
             * @description What to do about it
             */
            fix: string;
            /**
             * Details
             * @description More, for programs; depends on the code
             */
            details: {
                [key: string]: unknown;
            };
        };
        /**
         * ErrorReply
         * @description The body of every reply that is not a success.
         */
        ErrorReply: {
            error: components["schemas"]["ErrorBody"];
        };
        /** EvacuateRequest */
        EvacuateRequest: {
            /**
             * Force
             * @description Even if the pool could then no longer restart its HA VMs after a failure
             * @default false
             */
            force: boolean;
        };
        /**
         * Event
         * @description Something that happened. ``seq`` numbers all events; it is the SSE event's id.
         */
        Event: {
            /** Seq */
            seq: number;
            /**
             * Time
             * @description Seconds since 1970 UTC
             */
            time: number;
            /**
             * Kind
             * @description job, vm, server, pool, user, ha, failover, schedule
             * @example vm
             */
            kind: string;
            /**
             * Subject
             * @example vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11
             */
            subject: string;
            /** Data */
            data: {
                [key: string]: unknown;
            };
        };
        /**
         * ExportFormat
         * @description An OVA holds everything in one file; the others describe a VM whose disks stay where they are.
         * @enum {string}
         */
        ExportFormat: "ova" | "vm.cfg" | "xl.cfg" | "xml";
        /**
         * ExportedFile
         * @description ``version`` is another one once the file is. Bytes, and seconds since 1970 UTC.
         */
        ExportedFile: {
            /** Name */
            name: string;
            /** Size */
            size: number;
            /** Modified */
            modified: number;
            /** Version */
            version: string;
        };
        /**
         * FailoverReply
         * @description One failover. What has not happened (yet) is null. ``measured`` is from ``silent`` to the last
         *     VM's start so far, ``promised`` what it may take at most, ``kept`` whether every VM that had to was
         *     started by then.
         */
        FailoverReply: {
            /** Id */
            id: string;
            /** @description The server that failed */
            server: components["schemas"]["Ref"];
            /**
             * Term
             * @description The term of the pool master that did it
             */
            term: number;
            /**
             * Silent
             * @description When the server was last heard of. Seconds since 1970 UTC
             */
            silent: number;
            /** Detected */
            detected: number;
            /** Decided */
            decided: number | null;
            /**
             * Fenced
             * @description When it was proven dead
             */
            fenced: number | null;
            /**
             * How
             * @description Which devices confirmed, or: its leases ran out
             */
            how: string;
            /** Leases Cleared */
            leases_cleared: number | null;
            /** Vms */
            vms: components["schemas"]["VmFailover"][];
            /** Ended */
            ended: number | null;
            /**
             * Promised
             * @description Seconds
             * @example 14
             */
            promised: number;
            /**
             * Measured
             * @description Seconds
             * @example 9.3
             */
            measured: number | null;
            /**
             * Kept
             * @description null: open, or no VM had to be started
             */
            kept: boolean | null;
        };
        /**
         * Failure
         * @description Why a schedule's last snapshot or backup was not made, or one was not deleted. ``job`` is the one
         *     that failed, None if none was accepted.
         */
        Failure: {
            /** Error */
            error: string;
            /** Job */
            job?: string | null;
        };
        /**
         * FenceAgent
         * @description A program that speaks to fence devices of one kind, in its own words.
         */
        FenceAgent: {
            /** Name */
            name: string;
            /** Description */
            description: string;
            /** Parameters */
            parameters: components["schemas"]["FenceParameter"][];
        };
        /**
         * FenceAgentName
         * @description A fence agent that the pool master has installed.
         */
        FenceAgentName: {
            /**
             * Name
             * @example fence_ipmilan
             */
            name: string;
        };
        /**
         * FenceCheck
         * @description What each device says of its server; nothing was changed.
         */
        FenceCheck: {
            /**
             * Answers
             * @example [
             *       "ipmi1: on"
             *     ]
             */
            answers: string[];
        };
        /**
         * FenceDeviceReply
         * @description A fence device, its secrets as ``***``.
         */
        FenceDeviceReply: {
            /**
             * Name
             * @example ipmi1
             */
            name: string;
            /**
             * Agent
             * @example fence_ipmilan
             */
            agent: string;
            /**
             * Level
             * @description Devices of one level must all confirm; lowest first
             */
            level: number;
            /**
             * Arguments
             * @example {
             *       "ip": "192.0.2.21",
             *       "username": "admin"
             *     }
             */
            arguments: {
                [key: string]: string;
            };
            /**
             * Secrets
             * @example {
             *       "password": "***"
             *     }
             */
            secrets: {
                [key: string]: string;
            };
            /**
             * Timeout
             * @description Seconds each call may take
             * @example 20
             */
            timeout: number;
        };
        /**
         * FenceParameter
         * @description An argument of a fence agent, from its own metadata. ``secret``: a password, a passphrase.
         *     ``kind`` is string, integer, second, boolean or select (one of ``options``).
         */
        FenceParameter: {
            /** Name */
            name: string;
            /** Required */
            required: boolean;
            /** Secret */
            secret: boolean;
            /** Default */
            default: string | null;
            /** Description */
            description: string;
            /**
             * Kind
             * @default string
             */
            kind: string;
            /**
             * Options
             * @default []
             */
            options: string[];
        };
        /**
         * FencingReply
         * @description The fence devices of one server. ``generation`` is that of the pool's record of all of them;
         *     the ETag.
         */
        FencingReply: {
            server: components["schemas"]["Ref"];
            /** Generation */
            generation: number;
            /** Devices */
            devices: components["schemas"]["FenceDeviceReply"][];
        };
        /** FreshDisk */
        FreshDisk: {
            /**
             * Target
             * @example vdb
             */
            target: string;
            /**
             * Size
             * @description Bytes
             * @example 1073741824
             */
            size: number;
            /** @default raw */
            format: components["schemas"]["DiskFormat"];
            /**
             * Device
             * @example /dev/mapper/ovmdata1
             */
            device?: string | null;
            /**
             * Thick
             * @description Allocate all of its blocks now
             * @default false
             */
            thick: boolean;
        };
        /**
         * GroupHost
         * @description One initiator of a storage group.
         */
        GroupHost: {
            /**
             * Name
             * @description Of its host; empty if the array knows none
             */
            name: string;
            /**
             * Initiator
             * @example iqn.1993-08.org.debian:01:e57138cd5b4
             */
            initiator: string;
            /**
             * Ports
             * @description Those that it comes in through
             * @example [
             *       "A-4"
             *     ]
             */
            ports: string[];
        };
        /** GroupLun */
        GroupLun: {
            /**
             * Hlu
             * @description The number that hosts see
             */
            hlu: number;
            /**
             * Lun
             * @description The number that the array gives it
             */
            lun: number;
        };
        /**
         * GuestView
         * @description The running guest, as its server's hypervisor last told.
         */
        GuestView: {
            /**
             * Uptime
             * @description Seconds, now
             */
            uptime: number;
            /**
             * Memory
             * @description MiB now given to the guest
             */
            memory: number;
            /**
             * Cpu Time
             * @description Seconds of CPU time used
             */
            cpu_time: number;
            /**
             * Reason
             * @description Why it is in this state, in the hypervisor's words
             */
            reason: string;
        };
        /**
         * HaChanges
         * @description What to change; a field that is left out stays as it is. The tolerated outage of the storage
         *     is fixed once the pool has its lockspace; rules have requests of their own.
         */
        HaChanges: {
            /**
             * Enabled
             * @description Guard the VMs that ask for it
             */
            enabled?: boolean | null;
            /**
             * Tolerate
             * @description Server failures to keep room for
             */
            tolerate?: number | null;
            /** @description What a server does with HA VMs when it hears no pool master */
            isolation?: components["schemas"]["Isolation"] | null;
        };
        /**
         * HaSettings
         * @description HA guards a VM only where both the pool and the VM say so. ``tolerate`` is how many servers may
         *     fail at once with every HA VM still finding room. Not ``armed``: watch and do nothing (for works
         *     on the network). ``outage``: seconds the storage may be gone without consequences; every other
         *     patience follows from it (``domain.timing``), and it is fixed once the pool has its lockspace.
         */
        HaSettings: {
            /**
             * Enabled
             * @default false
             */
            enabled: boolean;
            /**
             * Armed
             * @default true
             */
            armed: boolean;
            /**
             * Tolerate
             * @description Server failures to keep room for
             * @default 0
             */
            tolerate: number;
            /** @default keep */
            isolation: components["schemas"]["Isolation"];
            /**
             * Outage
             * @description Seconds
             * @default 20
             */
            outage: number;
            /**
             * Rules
             * @default []
             */
            rules: components["schemas"]["AffinityRule"][];
        };
        /**
         * Health
         * @description ``ok``: the manager can do its work.
         */
        Health: {
            /** Ok */
            ok: boolean;
        };
        /**
         * HostStatus
         * @description Ages in seconds, None = never heard of. ``state`` is a word: online, joining (it
         *     has no host id in the lockspace yet: no guest can start there), silent, isolated, storage-lost,
         *     fencing, dead, left, maintenance. ``alarms`` are sentences with their fix.
         */
        HostStatus: {
            /** Server */
            server: string;
            /** Name */
            name: string;
            /** State */
            state: string;
            /** Network Age */
            network_age: number | null;
            /** Storage Age */
            storage_age: number | null;
            /** Watchdog */
            watchdog: string | null;
            /**
             * Devices
             * @description Fence devices it has
             */
            devices: number;
            /**
             * Alarms
             * @default []
             */
            alarms: string[];
        };
        /**
         * ImageDocument
         * @description ``.millpond/images/<id>/image.json``. ``format`` is what the image has in the repository; ``source``
         *     says where it came from; ``memory`` (MiB) and ``vcpus`` are a template's. ``repository`` is where it
         *     lies, None being the cluster root.
         */
        ImageDocument: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            kind: components["schemas"]["ImageKind"];
            format: components["schemas"]["ImageFormat"];
            state: components["schemas"]["ImageState"];
            /** Source */
            source: string;
            /**
             * Description
             * @default
             */
            description: string;
            /**
             * Memory
             * @default 1024
             */
            memory: number;
            /**
             * Vcpus
             * @default 1
             */
            vcpus: number;
            facts?: components["schemas"]["ImageFacts"] | null;
            /** Repository */
            repository?: string | null;
            /** Generation */
            generation: number;
        };
        /**
         * ImageFacts
         * @description What was found when the image had arrived. Bytes; ``sha256`` is that of what arrived.
         */
        ImageFacts: {
            /** Received */
            received: number;
            /** Sha256 */
            sha256: string;
            /** Virtual Size */
            virtual_size: number;
        };
        /**
         * ImageFormat
         * @description What an image may be said to be. ``vhd`` is what QEMU calls vpc.
         * @enum {string}
         */
        ImageFormat: "raw" | "qcow2" | "vmdk" | "vhd" | "vhdx" | "iso";
        /**
         * ImageImportRequest
         * @description Where it comes from is one of ``url``, ``path`` and ``upload``.
         */
        ImageImportRequest: {
            /**
             * Name
             * @description What it shall be called
             * @example debian-12
             */
            name: string;
            kind: components["schemas"]["ImageKind"];
            /** @description What it is; it is refused if it is anything else */
            format: components["schemas"]["ImageFormat"];
            /**
             * Url
             * @description Fetched by http or https
             */
            url?: string | null;
            /**
             * Path
             * @description On the utility server, in one of its import folders
             */
            path?: string | null;
            /**
             * Upload
             * @description The id of an upload that is complete
             */
            upload?: string | null;
            /**
             * Size
             * @description Bytes of the upload
             */
            size?: number | null;
            /**
             * Sha256
             * @description Refused if it is not this
             */
            sha256?: string | null;
            /**
             * Repository
             * @description Where it shall lie; left out, in the cluster root
             */
            repository?: string | null;
            /**
             * @description Format of a template or disk
             * @default qcow2
             */
            into: components["schemas"]["DiskFormat"];
            /**
             * Description
             * @default
             */
            description: string;
            /**
             * Memory
             * @description MiB, of a template
             * @default 1024
             */
            memory: number;
            /**
             * Vcpus
             * @description Of a template
             * @default 1
             */
            vcpus: number;
        };
        /**
         * ImageKind
         * @description What it is imported as: something to clone VMs from, a CD, or a disk for several VMs.
         * @enum {string}
         */
        ImageKind: "template" | "iso" | "disk";
        /**
         * ImageState
         * @description importing: arriving, nothing can use it. pending: checked and complete, waits for an
         *     administrator's word. approved: in its folder of the repository.
         * @enum {string}
         */
        ImageState: "importing" | "pending" | "approved";
        /**
         * Inventory
         * @description Everything the agent knows of its server. Memory in MiB, clock in seconds since 1970 UTC.
         */
        Inventory: {
            /** Id */
            id: string;
            /** Hostname */
            hostname: string;
            /** Agent Version */
            agent_version: string;
            /** Libvirt Version */
            libvirt_version: string;
            /**
             * Hypervisor
             * @description Such as 'QEMU 7.2.18'
             */
            hypervisor: string;
            acceleration: components["schemas"]["Acceleration"];
            /**
             * Acceleration Proof
             * @description What was tried, and what came of it
             */
            acceleration_proof: string;
            cpu: components["schemas"]["Cpu"];
            /** Numa */
            numa: components["schemas"]["NumaNode"][];
            /** Memory */
            memory: number;
            /** Memory Free */
            memory_free: number;
            /** Nics */
            nics: components["schemas"]["Nic"][];
            /** Bridges */
            bridges: components["schemas"]["Bridge"][];
            /** Storage */
            storage: components["schemas"]["StorageView"][];
            /** Clock */
            clock: number;
            /** Boot Id */
            boot_id: string;
            /** Kernel */
            kernel: string;
            /**
             * Repositories
             * @description Those of its pool that it has and can use
             * @default []
             */
            repositories: string[];
            /**
             * Joined
             * @description It has its host id in its pool's lockspace: guests can start
             * @default false
             */
            joined: boolean;
        };
        /**
         * IoClass
         * @description Which commands a policy holds to what. All but ``luns`` and ``running`` in the array's own words.
         */
        IoClass: {
            /** Name */
            name: string;
            /** Running */
            running: boolean;
            /**
             * Luns
             * @description Numbers of LUNs; null for all of them
             */
            luns: number[] | null;
            /**
             * Io Type
             * @example ReadWrite
             */
            io_type: string;
            /**
             * Sizes
             * @example Any
             */
            sizes: string;
            /**
             * Control
             * @description How the goal is reached
             * @example Limit
             */
            control: string;
            /**
             * Metric
             * @default
             * @example Throughput
             */
            metric: string;
            /**
             * Goal
             * @default
             * @example 500.0 IO/s
             */
            goal: string;
        };
        /**
         * IoPolicy
         * @description Classes that are held to their goals together: one policy runs at a time.
         */
        IoPolicy: {
            /** Name */
            name: string;
            /** Running */
            running: boolean;
            /**
             * Classes
             * @description A command is of the first of these that it fits
             */
            classes: string[];
            /**
             * On Failure
             * @description When goals are missed
             * @example Continue
             */
            on_failure: string;
        };
        /**
         * Isolation
         * @description What a server does with its HA guests when it hears no master but reaches the storage.
         * @enum {string}
         */
        Isolation: "keep" | "shutdown";
        /**
         * IssuedToken
         * @description ``secret`` is shown this once.
         */
        IssuedToken: {
            token: components["schemas"]["Token"];
            /**
             * Secret
             * @example mpt_8N0kKqVxk2v6dZc1
             */
            secret: string;
        };
        /**
         * Job
         * @description A change under way, or its history. ``held`` = its outcome is not known: an operator may
         *     resume or cancel it, and it goes on by itself if servers did not answer and then do.
         */
        Job: {
            /** Id */
            id: string;
            /**
             * Kind
             * @example vm.start
             */
            kind: string;
            state: components["schemas"]["JobState"];
            /**
             * Subject
             * @example vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11
             */
            subject: string;
            /**
             * Subject Name
             * @example web1
             */
            subject_name: string;
            /**
             * User
             * @example admin
             */
            user: string;
            /**
             * Created
             * @description Seconds since 1970 UTC
             */
            created: number;
            /** Started */
            started: number | null;
            /** Ended */
            ended: number | null;
            /**
             * Step
             * @description The step it is at, or ended at
             */
            step: string | null;
            /** Steps */
            steps: components["schemas"]["JobStep"][];
            progress: components["schemas"]["Progress"];
            /**
             * Error
             * @description kind (refused, failed, unknown), code, subject, message, fix, step, cause
             */
            error: {
                [key: string]: unknown;
            } | null;
            /**
             * Result
             * @description Such as a migration's downtime_ms
             */
            result: {
                [key: string]: unknown;
            };
            /** Cancel Requested */
            cancel_requested: boolean;
            /**
             * Parent
             * @description The job that started this one
             */
            parent: string | null;
            /**
             * Spec
             * @description The request, secrets masked
             */
            spec: {
                [key: string]: unknown;
            };
        };
        /**
         * JobState
         * @enum {string}
         */
        JobState: "queued" | "running" | "done" | "failed" | "cancelled" | "held";
        /**
         * JobStep
         * @description One step of a job.
         */
        JobStep: {
            /** N */
            n: number;
            /**
             * Name
             * @example place
             */
            name: string;
            state: components["schemas"]["StepState"];
            /**
             * Error
             * @description Why it failed, as a job's ``error``
             */
            error: {
                [key: string]: unknown;
            } | null;
        };
        /**
         * Keyboard
         * @description Keymaps of QEMU's VNC server.
         * @enum {string}
         */
        Keyboard: "en-us" | "en-gb" | "de" | "de-ch" | "es" | "fr" | "fr-ch" | "it" | "ja" | "pt" | "pt-br" | "sv";
        /**
         * Layer
         * @description An image beneath a disk, which is only read: ``file:NAME`` lies in the VM's own directory,
         *     ``seed:TEMPLATE/FILE`` is a template's in the same repository.
         */
        Layer: {
            /** Source */
            source: string;
            format: components["schemas"]["DiskFormat"];
        };
        /** Listing[AffinityRule] */
        Listing_AffinityRule_: {
            /** Items */
            items: components["schemas"]["AffinityRule"][];
            /** Next */
            next: string | null;
        };
        /** Listing[ArrayLun] */
        Listing_ArrayLun_: {
            /** Items */
            items: components["schemas"]["ArrayLun"][];
            /** Next */
            next: string | null;
        };
        /** Listing[ArrayMigration] */
        Listing_ArrayMigration_: {
            /** Items */
            items: components["schemas"]["ArrayMigration"][];
            /** Next */
            next: string | null;
        };
        /** Listing[ArrayMirror] */
        Listing_ArrayMirror_: {
            /** Items */
            items: components["schemas"]["ArrayMirror"][];
            /** Next */
            next: string | null;
        };
        /** Listing[ArrayPort] */
        Listing_ArrayPort_: {
            /** Items */
            items: components["schemas"]["ArrayPort"][];
            /** Next */
            next: string | null;
        };
        /** Listing[ArraySnapshot] */
        Listing_ArraySnapshot_: {
            /** Items */
            items: components["schemas"]["ArraySnapshot"][];
            /** Next */
            next: string | null;
        };
        /** Listing[Array] */
        Listing_Array_: {
            /** Items */
            items: components["schemas"]["Array"][];
            /** Next */
            next: string | null;
        };
        /** Listing[BackupView] */
        Listing_BackupView_: {
            /** Items */
            items: components["schemas"]["BackupView"][];
            /** Next */
            next: string | null;
        };
        /** Listing[BridgeView] */
        Listing_BridgeView_: {
            /** Items */
            items: components["schemas"]["BridgeView"][];
            /** Next */
            next: string | null;
        };
        /** Listing[Event] */
        Listing_Event_: {
            /** Items */
            items: components["schemas"]["Event"][];
            /** Next */
            next: string | null;
        };
        /** Listing[ExportedFile] */
        Listing_ExportedFile_: {
            /** Items */
            items: components["schemas"]["ExportedFile"][];
            /** Next */
            next: string | null;
        };
        /** Listing[FailoverReply] */
        Listing_FailoverReply_: {
            /** Items */
            items: components["schemas"]["FailoverReply"][];
            /** Next */
            next: string | null;
        };
        /** Listing[FenceAgentName] */
        Listing_FenceAgentName_: {
            /** Items */
            items: components["schemas"]["FenceAgentName"][];
            /** Next */
            next: string | null;
        };
        /** Listing[FencingReply] */
        Listing_FencingReply_: {
            /** Items */
            items: components["schemas"]["FencingReply"][];
            /** Next */
            next: string | null;
        };
        /** Listing[ImageDocument] */
        Listing_ImageDocument_: {
            /** Items */
            items: components["schemas"]["ImageDocument"][];
            /** Next */
            next: string | null;
        };
        /** Listing[Job] */
        Listing_Job_: {
            /** Items */
            items: components["schemas"]["Job"][];
            /** Next */
            next: string | null;
        };
        /** Listing[LunLoad] */
        Listing_LunLoad_: {
            /** Items */
            items: components["schemas"]["LunLoad"][];
            /** Next */
            next: string | null;
        };
        /** Listing[LunView] */
        Listing_LunView_: {
            /** Items */
            items: components["schemas"]["LunView"][];
            /** Next */
            next: string | null;
        };
        /** Listing[Pool] */
        Listing_Pool_: {
            /** Items */
            items: components["schemas"]["Pool"][];
            /** Next */
            next: string | null;
        };
        /** Listing[RepositoryView] */
        Listing_RepositoryView_: {
            /** Items */
            items: components["schemas"]["RepositoryView"][];
            /** Next */
            next: string | null;
        };
        /** Listing[ScheduleView] */
        Listing_ScheduleView_: {
            /** Items */
            items: components["schemas"]["ScheduleView"][];
            /** Next */
            next: string | null;
        };
        /** Listing[Server] */
        Listing_Server_: {
            /** Items */
            items: components["schemas"]["Server"][];
            /** Next */
            next: string | null;
        };
        /** Listing[Snapshot] */
        Listing_Snapshot_: {
            /** Items */
            items: components["schemas"]["Snapshot"][];
            /** Next */
            next: string | null;
        };
        /** Listing[StorageGroup] */
        Listing_StorageGroup_: {
            /** Items */
            items: components["schemas"]["StorageGroup"][];
            /** Next */
            next: string | null;
        };
        /** Listing[TemplateDocument] */
        Listing_TemplateDocument_: {
            /** Items */
            items: components["schemas"]["TemplateDocument"][];
            /** Next */
            next: string | null;
        };
        /** Listing[Token] */
        Listing_Token_: {
            /** Items */
            items: components["schemas"]["Token"][];
            /** Next */
            next: string | null;
        };
        /** Listing[User] */
        Listing_User_: {
            /** Items */
            items: components["schemas"]["User"][];
            /** Next */
            next: string | null;
        };
        /** Listing[Vm] */
        Listing_Vm_: {
            /** Items */
            items: components["schemas"]["Vm"][];
            /** Next */
            next: string | null;
        };
        /** LunCreateRequest */
        LunCreateRequest: {
            /**
             * Name
             * @description What it shall be called
             * @example data1
             */
            name: string;
            /**
             * Array
             * @description Name or id of the array
             * @example cx4
             */
            array: string;
            /**
             * Array Pool
             * @description The array's pool that it comes from
             * @example pool
             */
            array_pool: string;
            /**
             * Size
             * @description Bytes
             * @example 536870912000
             */
            size: number;
            /**
             * Thin
             * @description It takes space as it is written to
             * @default true
             */
            thin: boolean;
        };
        /**
         * LunLoad
         * @description What hosts did to a LUN in the last minute.
         */
        LunLoad: {
            /** Number */
            number: number;
            /** Name */
            name: string;
            /**
             * Reads
             * @description Commands a second
             */
            reads: number;
            /**
             * Writes
             * @description Commands a second
             */
            writes: number;
            /**
             * Bytes Read
             * @description A second
             */
            bytes_read: number;
            /**
             * Bytes Written
             * @description A second
             */
            bytes_written: number;
            /**
             * Response
             * @description Milliseconds that a command took; 0 if there was none, null if the array does not tell
             */
            response: number | null;
        };
        /** LunView */
        LunView: {
            /**
             * Name
             * @example data1
             */
            name: string;
            /** Pool */
            pool: string;
            /**
             * Array
             * @description Name of the array; its id if the manager has forgotten it
             */
            array: string;
            /**
             * Number
             * @description The array's number for it
             */
            number: number;
            /**
             * Uid
             * @description Its name for hosts (NAA)
             */
            uid: string;
            /**
             * Size
             * @description Bytes
             */
            size: number;
            /** Thin */
            thin: boolean;
            /**
             * Group
             * @description The storage group that shows it to the pool's servers
             */
            group: string;
            /**
             * Hlu
             * @description Host LUN number
             */
            hlu: number;
            /**
             * Ports
             * @description The array's ports that lead to it
             */
            ports: components["schemas"]["ArrayPort"][];
            /**
             * Device
             * @description What it is on every server
             * @example /dev/mapper/data1
             */
            device: string;
            /**
             * Vms
             * @description The VMs that have it as a disk
             */
            vms: string[];
        };
        /**
         * Measured
         * @description How long a failover took, against its promise. Seconds; None: a VM was never started.
         */
        Measured: {
            /** Failover */
            failover: string;
            /**
             * Server
             * @description The server that failed
             */
            server: string;
            /** Seconds */
            seconds: number | null;
            /** Promised */
            promised: number;
            /** Kept */
            kept: boolean;
        };
        /**
         * Member
         * @description A server as a member of its pool.
         */
        Member: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /** Address */
            address: string;
            /** Port */
            port: number;
            /**
             * Host Id
             * @description Its id in the pool's lockspace
             */
            host_id: number;
            /** Roles */
            roles: components["schemas"]["Role"][];
            /** Maintenance */
            maintenance: boolean;
            /**
             * Up
             * @description Its agent answers
             */
            up: boolean;
        };
        /**
         * MigrationOptions
         * @description How to move a guest live.
         *
         *     ``bandwidth`` in MiB/s, 0 = no limit. ``parallel`` connections (QEMU multifd), 0 = one plain
         *     stream. ``auto_converge`` slows a guest that dirties memory faster than it can be sent;
         *     ``post_copy`` switches to post-copy after the first pass.
         *     ``max_downtime`` in milliseconds, the pause QEMU aims for.
         */
        MigrationOptions: {
            /**
             * Bandwidth
             * @default 0
             */
            bandwidth: number;
            /**
             * Parallel
             * @default 0
             */
            parallel: number;
            /**
             * Auto Converge
             * @default false
             */
            auto_converge: boolean;
            /**
             * Post Copy
             * @default false
             */
            post_copy: boolean;
            /** Max Downtime */
            max_downtime?: number | null;
        };
        /**
         * MirrorKind
         * @description ``sync``: a write is acknowledged when both images have it. ``async``: the secondary image is what the
         *     primary was at some moment.
         * @enum {string}
         */
        MirrorKind: "sync" | "async";
        /**
         * NewArray
         * @description An array. One that is administered elsewhere (`plain`) has no addresses, user and password.
         */
        NewArray: {
            /**
             * Name
             * @example cx4
             */
            name: string;
            /** @default navisphere */
            kind: components["schemas"]["ArrayKind"];
            /**
             * Addresses
             * @description Of its SPs, for commands
             * @example [
             *       "192.0.2.31",
             *       "192.0.2.32"
             *     ]
             */
            addresses?: string[];
            /**
             * User
             * @default
             * @example admin
             */
            user: string;
            /**
             * Password
             * Format: password
             * @default
             * @example its password
             */
            password: string;
            /**
             * Scope
             * @description 0 global, 1 local, 2 LDAP
             * @default 0
             */
            scope: number;
        };
        /**
         * NewDisk
         * @description An empty disk to be made, or, with ``device``, a block device to be used as it is.
         */
        NewDisk: {
            /**
             * Target
             * @example vdb
             */
            target: string;
            /**
             * Size
             * @description Bytes
             * @example 1073741824
             */
            size: number;
            /** @default raw */
            format: components["schemas"]["DiskFormat"];
            /**
             * Device
             * @example /dev/mapper/ovmdata1
             */
            device?: string | null;
        };
        /**
         * NewFenceDevice
         * @description A device that can cut a server off. A secret that is sent as ``***`` stays as it is.
         */
        NewFenceDevice: {
            /**
             * Agent
             * @description A program of fence-agents, or scsi-pr
             * @example fence_ipmilan
             */
            agent: string;
            /**
             * Level
             * @description Devices of one level must all confirm; lowest first
             * @default 1
             */
            level: number;
            /**
             * Arguments
             * @example {
             *       "ip": "192.0.2.21",
             *       "lanplus": "1",
             *       "username": "admin"
             *     }
             */
            arguments?: {
                [key: string]: string;
            };
            /**
             * Secrets
             * @example {
             *       "password": "its password"
             *     }
             */
            secrets?: {
                [key: string]: string;
            };
            /**
             * Timeout
             * @description Seconds each call may take
             * @default 20
             */
            timeout: number;
        };
        /**
         * NewHa
         * @description High availability as a pool is born with it.
         */
        NewHa: {
            /**
             * Enabled
             * @description Guard the VMs that ask for it
             * @default false
             */
            enabled: boolean;
            /**
             * Tolerate
             * @description Server failures to keep room for
             * @default 0
             */
            tolerate: number;
            /**
             * @description What a server does that hears no pool master
             * @default keep
             */
            isolation: components["schemas"]["Isolation"];
            /**
             * Outage
             * @description Seconds the storage may be gone without consequences; fixed for good
             * @default 20
             */
            outage: number;
        };
        /** NewMember */
        NewMember: {
            /**
             * Server
             * @description Name or id of an enrolled server
             * @example srv1
             */
            server: string;
            /**
             * Roles
             * @default [
             *       "vm"
             *     ]
             * @example [
             *       "master",
             *       "utility",
             *       "vm"
             *     ]
             */
            roles: components["schemas"]["Role"][];
        };
        /**
         * NewServer
         * @description A server to be managed; its agent then enrols with the token in the reply.
         */
        NewServer: {
            /**
             * Name
             * @example srv1
             */
            name: string;
            /**
             * Address
             * @description Host name or IP address
             * @example 192.0.2.11
             */
            address: string;
            /**
             * Port
             * @description The agent's port
             * @default 8899
             */
            port: number;
        };
        /**
         * NewToken
         * @description ``days`` until it expires; left out, it lasts until it is deleted.
         */
        NewToken: {
            /**
             * Name
             * @example backup-script
             */
            name: string;
            /** Days */
            days?: number | null;
        };
        /**
         * NewUser
         * @description ``password``: at least 10 characters.
         */
        NewUser: {
            /**
             * Name
             * @example anna
             */
            name: string;
            /**
             * Password
             * @example four random plain words
             */
            password: string;
        };
        /**
         * NewVif
         * @description A network interface to be made; without ``mac`` it gets one in 00:16:3e.
         */
        NewVif: {
            /**
             * Bridge
             * @example xenbr0
             */
            bridge: string;
            /** Mac */
            mac?: string | null;
            /** @default virtio */
            model: components["schemas"]["VifModel"];
            /**
             * Rate Limit
             * @description kB/s
             */
            rate_limit?: number | null;
        };
        /** Nic */
        Nic: {
            /** Name */
            name: string;
            /** Mac */
            mac: string;
            /** Up */
            up: boolean;
            /**
             * Speed
             * @description Mbit/s, None when unknown
             */
            speed?: number | null;
            /**
             * Master
             * @description The bridge or bond it belongs to
             */
            master?: string | null;
        };
        /**
         * Notation
         * @description A VM as text: in Millpond's own words, or in those of another product. ``xml`` is libvirt's,
         *     ``vm.cfg`` that of xm and Oracle VM Server, ``xl.cfg`` Xen's own.
         * @enum {string}
         */
        Notation: "yaml" | "xml" | "vm.cfg" | "xl.cfg";
        /** NumaNode */
        NumaNode: {
            /** Node */
            node: number;
            /**
             * Memory
             * @description MiB
             */
            memory: number;
            /** Cpus */
            cpus: number[];
        };
        /**
         * Order
         * @description ``left`` is shorter than ``right`` (both seconds), or the pool would contradict itself.
         */
        Order: {
            /**
             * Name
             * @example lease lost <= o2cb dead
             */
            name: string;
            /** Left */
            left: number;
            /** Right */
            right: number;
            /** Why */
            why: string;
            /** Holds */
            holds: boolean;
        };
        /**
         * PackedImage
         * @description Formats of the disks in an OVA; vmdk (streamOptimized) is what every product reads.
         * @enum {string}
         */
        PackedImage: "vmdk" | "qcow2";
        /**
         * PasswordChange
         * @description ``new``: at least 10 characters. All other sessions of the user end.
         */
        PasswordChange: {
            /** Old */
            old: string;
            /**
             * New
             * @example four random plain words
             */
            new: string;
        };
        /**
         * Patience
         * @description One setting of one engine.
         */
        Patience: {
            /**
             * Engine
             * @description Whose setting it is
             * @example sanlock
             */
            engine: string;
            /**
             * Setting
             * @description In the engine's own words
             * @example io_timeout
             */
            setting: string;
            /**
             * Value
             * @example 4
             */
            value: number;
            /**
             * Unit
             * @example s
             */
            unit: string;
            /** Meaning */
            meaning: string;
        };
        /**
         * PlaceSpec
         * @description Where backups lie: in a repository of the pool, or in a directory of a server.
         */
        PlaceSpec: {
            /**
             * Repository
             * @description Name or id; root is the cluster root
             * @example data1
             */
            repository?: string | null;
            /**
             * Directory
             * @description One that the server's administrator opened for backups
             */
            directory?: string | null;
            /**
             * Server
             * @description The server whose directory it is; left out, a utility server
             */
            server?: string | null;
        };
        /**
         * PlanReply
         * @description What a dry run decided; nothing was changed.
         */
        PlanReply: {
            /** Plan */
            plan: {
                [key: string]: unknown;
            };
        };
        /**
         * Pool
         * @description A server pool, as its master last told.
         */
        Pool: {
            /** Id */
            id: string;
            /**
             * Name
             * @example pool1
             */
            name: string;
            /** Description */
            description: string;
            /**
             * Generation
             * @description Grows with every change; the ETag
             */
            generation: number;
            /** Members */
            members: components["schemas"]["Member"][];
            master: components["schemas"]["Ref"];
            /**
             * Cluster Root
             * @description The shared directory
             * @example /OVS
             */
            cluster_root: string;
            /**
             * Bridges
             * @description What every member shall have
             */
            bridges: components["schemas"]["BridgeSpec"][];
            /**
             * Bandwidth
             * @description MiB/s each live migration may use; 0 = no limit
             */
            bandwidth: number;
            /**
             * Lab
             * @description Its servers may be broken by `millpond chaos`
             */
            lab: boolean;
            /**
             * Migrations
             * @description How many run at once from one server
             */
            migrations: number;
            /**
             * Reserve
             * @description Percent of each repository that is kept free
             */
            reserve: number;
            /**
             * Term
             * @description Grows by one with each new pool master
             */
            term: number;
            ha: components["schemas"]["HaSettings"];
            /**
             * Vms
             * @description How many VMs it has
             */
            vms: number;
            busy: components["schemas"]["Busy"] | null;
        };
        /** PoolAddServerRequest */
        PoolAddServerRequest: {
            /**
             * Server
             * @description Name or id of an enrolled server
             * @example srv1
             */
            server: string;
            /**
             * Roles
             * @default [
             *       "vm"
             *     ]
             * @example [
             *       "master",
             *       "utility",
             *       "vm"
             *     ]
             */
            roles: components["schemas"]["Role"][];
        };
        /** PoolAdoptRequest */
        PoolAdoptRequest: {
            /**
             * Server
             * @description Name or id of the pool master
             * @example srv1
             */
            server: string;
        };
        /**
         * PoolChanges
         * @description What to change; a field that is left out stays as it is.
         */
        PoolChanges: {
            /** Name */
            name?: string | null;
            /** Description */
            description?: string | null;
            /** Bandwidth */
            bandwidth?: number | null;
            /** Migrations */
            migrations?: number | null;
            /**
             * Reserve
             * @description Percent of each repository to keep free
             */
            reserve?: number | null;
            ha?: components["schemas"]["HaChanges"] | null;
        };
        /** PoolCreateRequest */
        PoolCreateRequest: {
            /**
             * Name
             * @example pool1
             */
            name: string;
            /**
             * Description
             * @default
             */
            description: string;
            /**
             * Cluster Root
             * @default /OVS
             * @example /OVS
             */
            cluster_root: string;
            /** Members */
            members: components["schemas"]["NewMember"][];
            /**
             * Bridges
             * @default []
             */
            bridges: components["schemas"]["BridgeSpec"][];
            /**
             * Bandwidth
             * @description MiB/s per live migration
             * @default 0
             */
            bandwidth: number;
            /**
             * Migrations
             * @default 2
             */
            migrations: number;
            /**
             * @default {
             *       "enabled": false,
             *       "tolerate": 0,
             *       "isolation": "keep",
             *       "outage": 20
             *     }
             */
            ha: components["schemas"]["NewHa"];
            /**
             * Lab
             * @description Its servers may be broken by `millpond chaos`
             * @default false
             */
            lab: boolean;
        };
        /**
         * PoolHa
         * @description High availability as the pool master sees it now. ``sentence`` is what it decided last;
         *     ``waiting`` are HA VMs that are off for want of room.
         */
        PoolHa: {
            pool: components["schemas"]["Ref"];
            master: components["schemas"]["Ref"];
            /**
             * Term
             * @description Grows by one with each new pool master
             * @example 3
             */
            term: number;
            settings: components["schemas"]["HaSettings"];
            /**
             * Sentence
             * @example all is well
             */
            sentence: string;
            /** Hosts */
            hosts: components["schemas"]["HostStatus"][];
            /** Waiting */
            waiting: string[];
            /**
             * Promised Fenced
             * @description Seconds from a server's death to its VMs running elsewhere, if a fence device confirms
             * @example 14
             */
            promised_fenced: number;
            /**
             * Promised By Leases
             * @description The same where no fence device confirms
             * @example 81
             */
            promised_by_leases: number;
            /** @description The failover that ended last */
            last: components["schemas"]["Measured"] | null;
            /** @description The one that took most of its promised time, of those on record */
            worst: components["schemas"]["Measured"] | null;
            /** Alarms */
            alarms: string[];
        };
        /** PoolSetRolesRequest */
        PoolSetRolesRequest: {
            /**
             * Roles
             * @example [
             *       "utility",
             *       "vm"
             *     ]
             */
            roles: components["schemas"]["Role"][];
        };
        /**
         * Power
         * @description What a VM is doing, as last reported by the server it is on.
         * @enum {string}
         */
        Power: "running" | "paused" | "suspended" | "stopped" | "unknown";
        /**
         * Progress
         * @description How far long work has come. Bytes, bytes per second, seconds; None = not known.
         */
        Progress: {
            /** Percent */
            percent?: number | null;
            /** Done */
            done?: number | null;
            /** Total */
            total?: number | null;
            /** Rate */
            rate?: number | null;
            /** Seconds Left */
            seconds_left?: number | null;
            /**
             * Message
             * @default
             */
            message: string;
        };
        /**
         * Quiesce
         * @description Whether the guest's agent freezes its file systems for the moment of a backup. ``try``: if it
         *     answers; else the backup is as good as one taken when the power fails. ``require``: or there is none.
         * @enum {string}
         */
        Quiesce: "no" | "try" | "require";
        /**
         * Redemption
         * @description What an agent sends to get its certificate.
         */
        Redemption: {
            /** Secret */
            secret: string;
            /**
             * Csr
             * @description PEM, key EC P-256
             */
            csr: string;
            /**
             * Server Id
             * @description The host's UUID
             */
            server_id: string;
            /**
             * Port
             * @description Where the agent listens
             */
            port: number;
        };
        /**
         * Ref
         * @description Another object.
         */
        Ref: {
            /**
             * Id
             * @example 0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11
             */
            id: string;
            /**
             * Name
             * @example pool1
             */
            name: string;
        };
        /**
         * Report
         * @description What a preflight or a check found. ``fits``: nothing blocking stands in the way.
         */
        Report: {
            /** Fits */
            fits: boolean;
            /** Differences */
            differences: components["schemas"]["Difference"][];
        };
        /** RepositoryAdoptRequest */
        RepositoryAdoptRequest: {
            /**
             * Memory
             * @description MiB
             * @default 1024
             */
            memory: number;
            /**
             * Vcpus
             * @default 1
             */
            vcpus: number;
            /**
             * Networks
             * @description Bridges for networks that are called otherwise in a description
             * @default {}
             * @example {
             *       "br0": "xenbr0"
             *     }
             */
            networks: {
                [key: string]: string;
            };
            /**
             * New Macs
             * @description Fresh MAC addresses instead of their own
             * @default false
             */
            new_macs: boolean;
        };
        /** RepositoryAttachRequest */
        RepositoryAttachRequest: {
            /**
             * Name
             * @example data1
             */
            name: string;
            /** @example nfs */
            kind: components["schemas"]["RepositoryKind"];
            /**
             * Source
             * @description A directory (local), SERVER:/EXPORT (nfs) or a block device (ocfs2)
             * @example filer1:/vol/data1
             */
            source: string;
            /**
             * Servers
             * @description The servers that have a local one; left out: all members
             * @default []
             */
            servers: string[];
            /**
             * Mount
             * @description Where to mount it; left out, in /var/ovs/mount
             */
            mount?: string | null;
            /**
             * Force
             * @description Even if it says that it is another pool's, which must not use it any more
             * @default false
             */
            force: boolean;
        };
        /** RepositoryCreateRequest */
        RepositoryCreateRequest: {
            /**
             * Name
             * @example data1
             */
            name: string;
            /** @example nfs */
            kind: components["schemas"]["RepositoryKind"];
            /**
             * Source
             * @description A directory (local), SERVER:/EXPORT (nfs) or a block device (ocfs2)
             * @example filer1:/vol/data1
             */
            source: string;
            /**
             * Servers
             * @description The servers that have a local one; left out: all members
             * @default []
             */
            servers: string[];
            /**
             * Mount
             * @description Where to mount it; left out, in /var/ovs/mount
             */
            mount?: string | null;
            /**
             * Keep
             * @description Take storage that is not empty; what lies there stays, and can be adopted
             * @default false
             */
            keep: boolean;
        };
        /** RepositoryDetachRequest */
        RepositoryDetachRequest: {
            /**
             * Force
             * @description Even if it is not there to be told that it is nobody's
             * @default false
             */
            force: boolean;
        };
        /**
         * RepositoryKind
         * @description ``local``: a directory that its servers have by themselves, on a disk of their own or on a file
         *     system that somebody else mounts on all of them.
         * @enum {string}
         */
        RepositoryKind: "local" | "nfs" | "ocfs2";
        /**
         * RepositoryView
         * @description A repository, and how its servers see it. Sizes in bytes, as the first of them says.
         */
        RepositoryView: {
            /**
             * Id
             * @description None: it is the cluster root
             */
            id: string | null;
            /**
             * Name
             * @example data1
             */
            name: string;
            /** @description None: it is the cluster root */
            kind: components["schemas"]["RepositoryKind"] | null;
            /**
             * Source
             * @example filer1:/vol/data1
             */
            source: string;
            /**
             * Mount
             * @description Where servers find it
             */
            mount: string;
            /** Cluster Root */
            cluster_root: boolean;
            /**
             * Servers
             * @description Those that can use it
             */
            servers: string[];
            /**
             * Problems
             * @description Why the others cannot
             */
            problems: {
                [key: string]: string;
            };
            /**
             * Unknown
             * @description Those of its servers that do not answer
             */
            unknown: string[];
            /** Total */
            total: number;
            /** Free */
            free: number;
            /**
             * Virtual
             * @description What its VMs' image files would take if they were full; above total, it is over-committed
             */
            virtual: number;
            /**
             * Vms
             * @description VMs that lie in it
             */
            vms: number;
        };
        /**
         * Role
         * @description What a server does in its pool; any combination.
         * @enum {string}
         */
        Role: "master" | "utility" | "vm";
        /**
         * RuleKind
         * @enum {string}
         */
        RuleKind: "together" | "apart" | "on" | "not-on";
        /**
         * SavedDisk
         * @description One image. ``incremental``: it holds what has changed since the backup before, and needs that;
         *     else ``why_full`` says why it holds everything. ``size`` is the disk's in bytes, ``bytes`` the
         *     file's.
         */
        SavedDisk: {
            /** Target */
            target: string;
            /** Incremental */
            incremental: boolean;
            /**
             * Why Full
             * @default
             */
            why_full: string;
            /** Size */
            size: number;
            /** Bytes */
            bytes: number;
            /** Sha256 */
            sha256: string;
        };
        /**
         * Schedule
         * @description Snapshots that come by themselves, or backups in the place ``backup``: one at ``first`` (seconds
         *     since 1970 UTC) and one every ``every`` seconds after it. All but the ``keep`` last of them are
         *     deleted; of those that it made alone.
         */
        Schedule: {
            /**
             * Name
             * @example nightly
             */
            name: string;
            /**
             * First
             * @description Seconds since 1970 UTC
             */
            first: number;
            /**
             * Every
             * @description Seconds
             * @example 86400
             */
            every: number;
            /**
             * Keep
             * @description How many stay; of snapshots at most 48
             * @example 7
             */
            keep: number;
            /**
             * Quiesce
             * @description Have the agent of a guest that runs freeze its file systems
             * @default false
             */
            quiesce: boolean;
            /**
             * Memory
             * @description Keep the memory of a guest that runs
             * @default false
             */
            memory: boolean;
            /** @description Back the VM up to there, instead of a snapshot */
            backup?: components["schemas"]["PlaceSpec"] | null;
        };
        /** ScheduleRunRequest */
        ScheduleRunRequest: {
            /**
             * Due
             * @description For which time, in seconds since 1970; default: now
             */
            due?: number | null;
        };
        /**
         * ScheduleView
         * @description A schedule and how it stands.
         */
        ScheduleView: {
            schedule: components["schemas"]["Schedule"];
            /**
             * Last
             * @description For which time it was last run
             */
            last: number | null;
            /**
             * Next
             * @description When the next one is due
             */
            next: number;
            /**
             * Snapshots
             * @description How many snapshots there are of it
             */
            snapshots: number;
            /** @description Why it is behind, as far as it is */
            failure: components["schemas"]["Failure"] | null;
        };
        /**
         * SecondaryImage
         * @description All in the array's own words but for ``behind`` and ``progress``.
         */
        SecondaryImage: {
            /**
             * State
             * @example Synchronized
             */
            state: string;
            /**
             * Condition
             * @example Normal
             */
            condition: string;
            /**
             * Rate
             * @description How fast it is made like the primary
             * @default
             */
            rate: string;
            /**
             * Progress
             * @description Percent, if told
             */
            progress?: number | null;
            /**
             * Behind
             * @description Minutes since the primary was what this image is; of a synchronous one not told
             */
            behind?: number | null;
        };
        /**
         * SeedFacts
         * @description A seed as people may see it: its user-data can hold secrets, so only what kind it is and how many
         *     bytes it has.
         */
        SeedFacts: {
            /** Instance */
            instance: string;
            /** Hostname */
            hostname: string;
            /** Network Config */
            network_config: string;
            /** User Data Kind */
            user_data_kind: string;
            /** User Data Size */
            user_data_size: number;
        };
        /**
         * Server
         * @description A server. ``up``: its agent answers.
         */
        Server: {
            /**
             * Id
             * @description The host's UUID; provisional until it is enrolled
             */
            id: string;
            /**
             * Name
             * @example srv1
             */
            name: string;
            /**
             * Address
             * @example 192.0.2.11
             */
            address: string;
            /**
             * Port
             * @example 8899
             */
            port: number;
            pool: components["schemas"]["Ref"] | null;
            /** Roles */
            roles: components["schemas"]["Role"][];
            /** Enrolled */
            enrolled: boolean;
            /** Up */
            up: boolean;
            /** Maintenance */
            maintenance: boolean;
            /**
             * Host Id
             * @description Its id in its pool's lockspace
             */
            host_id: number | null;
            busy: components["schemas"]["Busy"] | null;
            /**
             * Seen
             * @description When it last said something; Seconds since 1970 UTC
             */
            seen: number | null;
            /**
             * Memory
             * @description MiB in all, as of the last inventory
             */
            memory: number | null;
            /**
             * Memory Free
             * @description MiB
             */
            memory_free: number | null;
            /**
             * Cpus
             * @description Logical processors
             */
            cpus: number | null;
            /**
             * Hypervisor
             * @example QEMU 7.2.18
             */
            hypervisor: string | null;
            /**
             * Acceleration
             * @example kvm
             */
            acceleration: string | null;
            /**
             * Vms
             * @description VMs that are on it or placed on it
             */
            vms: number;
        };
        /** ServerRebootRequest */
        ServerRebootRequest: {
            /**
             * Force
             * @description Even if the pool could then no longer restart its HA VMs after a failure
             * @default false
             */
            force: boolean;
            /**
             * Activate
             * @description Wait until it is back, then end its maintenance
             * @default false
             */
            activate: boolean;
            /**
             * Timeout
             * @description Seconds it may take to come back
             * @default 900
             */
            timeout: number;
        };
        /**
         * ServerSamples
         * @description What a server has used.
         */
        ServerSamples: {
            /**
             * Start
             * @description When the first begins; Seconds since 1970 UTC
             */
            start: number;
            /**
             * Step
             * @description Seconds
             * @example 20
             */
            step: number;
            /**
             * Cpu
             * @description Percent of all its processors
             * @example [
             *       12.5,
             *       80
             *     ]
             */
            cpu: (number | null)[];
            /**
             * Memory
             * @description Bytes in use
             * @example [
             *       1073741824,
             *       1077936128
             *     ]
             */
            memory: (number | null)[];
        };
        /**
         * ServerToken
         * @description ``token`` is shown this once; on the server: ``millpond-agent enrol TOKEN``.
         */
        ServerToken: {
            server: components["schemas"]["Server"];
            /**
             * Token
             * @example mp1.eyJ1cmwiOiJodHRwczovL21hbmFnZXI6ODQ0MyJ9
             */
            token: string;
        };
        /**
         * Session
         * @description ``token`` goes into ``Authorization: Bearer TOKEN``; shown this once.
         */
        Session: {
            /**
             * Token
             * @example mps_8N0kKqVxk2v6dZc1
             */
            token: string;
            /** User */
            user: string;
            /**
             * Expires
             * @description Seconds since 1970 UTC, later with every request
             */
            expires: number | null;
        };
        /**
         * Snapshot
         * @description A VM as it was. ``current``: the VM goes on from it. ``deleting``: its deletion was begun and did not
         *     end; delete it again.
         */
        Snapshot: {
            /**
             * Name
             * @example before-upgrade
             */
            name: string;
            /**
             * Created
             * @description Seconds since 1970 UTC
             */
            created: number;
            /**
             * Parent
             * @description The snapshot that it came after
             */
            parent: string | null;
            /** Current */
            current: boolean;
            /**
             * Memory
             * @description Whether it has the guest's memory
             */
            memory: boolean;
            /** Deleting */
            deleting: boolean;
            /**
             * Schedule
             * @description What made it; None: somebody asked for it
             */
            schedule: string | null;
            /** Description */
            description: string;
            config: components["schemas"]["VmConfig"];
        };
        /** SnapshotCreateRequest */
        SnapshotCreateRequest: {
            /**
             * Snapshot
             * @description The snapshot's name
             * @example before-upgrade
             */
            snapshot: string;
            /**
             * Description
             * @default
             */
            description: string;
            /**
             * Memory
             * @description Keep the guest's memory too; it pauses for that
             * @default false
             */
            memory: boolean;
            /**
             * Quiesce
             * @description Have the guest's agent freeze its file systems for that moment
             * @default false
             */
            quiesce: boolean;
        };
        /**
         * SnapshotKind
         * @description ``snap`` is made by the command of that name; ``session`` is one of SnapView.
         * @enum {string}
         */
        SnapshotKind: "snap" | "session";
        /** SnapshotRevertRequest */
        SnapshotRevertRequest: {
            /**
             * Force
             * @description Even if the pool could then no longer restart its HA VMs after a failure
             * @default false
             */
            force: boolean;
        };
        /**
         * Span
         * @description How far back: an hour by 20 s, or a day by 5 minutes.
         * @enum {string}
         */
        Span: "hour" | "day";
        /**
         * StepState
         * @enum {string}
         */
        StepState: "waiting" | "running" | "done" | "failed" | "undone";
        /**
         * StorageGroup
         * @description Which hosts see which LUNs, under which numbers.
         */
        StorageGroup: {
            /** Name */
            name: string;
            /** Hosts */
            hosts: components["schemas"]["GroupHost"][];
            /** Luns */
            luns: components["schemas"]["GroupLun"][];
        };
        /**
         * StorageView
         * @description A repository directory as this server sees it; sizes in bytes.
         */
        StorageView: {
            /** Path */
            path: string;
            /** Available */
            available: boolean;
            /**
             * Filesystem
             * @default
             */
            filesystem: string;
            /**
             * Total
             * @default 0
             */
            total: number;
            /**
             * Free
             * @default 0
             */
            free: number;
        };
        /** TemplateDeployRequest */
        TemplateDeployRequest: {
            /**
             * To
             * @description Name or id of the other pool
             * @example pool2
             */
            to: string;
            /**
             * Name
             * @description What it shall be called there
             */
            name?: string | null;
            /**
             * Repository
             * @description Of that pool, where it shall lie; left out, its cluster root
             */
            repository?: string | null;
        };
        /**
         * TemplateDisk
         * @description ``file`` lies beside ``template.json``; ``size`` is the virtual size in bytes. ``sha256`` is that of
         *     what was imported, None for a disk that was a VM's.
         */
        TemplateDisk: {
            /** Target */
            target: string;
            /** File */
            file: string;
            format: components["schemas"]["DiskFormat"];
            /** Size */
            size: number;
            /** Sha256 */
            sha256?: string | null;
        };
        /**
         * TemplateDocument
         * @description ``seed_pool/<name>/template.json``. Memory in MiB. ``repository`` is where it lies, None being the
         *     cluster root.
         */
        TemplateDocument: {
            /** Name */
            name: string;
            /**
             * Description
             * @default
             */
            description: string;
            /** Memory */
            memory: number;
            /** Vcpus */
            vcpus: number;
            /** Disks */
            disks: components["schemas"]["TemplateDisk"][];
            /** Repository */
            repository?: string | null;
        };
        /**
         * TimingReply
         * @description All that follows from the tolerated outage of the storage. Seconds, from a server's death to its
         *     VMs running elsewhere: ``promised_fenced`` if a fence device confirms, ``promised_fenced_ocfs2``
         *     if besides their disks are files on OCFS2, ``promised_by_leases`` where no device confirms.
         */
        TimingReply: {
            /**
             * Outage
             * @description The storage may be gone so long without consequences
             */
            outage: number;
            /** Settings */
            settings: components["schemas"]["Patience"][];
            /** Chain */
            chain: components["schemas"]["Order"][];
            /** Detection */
            detection: number;
            /** Promised Fenced */
            promised_fenced: number;
            /** Promised Fenced Ocfs2 */
            promised_fenced_ocfs2: number;
            /** Promised By Leases */
            promised_by_leases: number;
        };
        /**
         * Token
         * @description An API token, without its secret.
         */
        Token: {
            /** Id */
            id: string;
            /**
             * Name
             * @example backup-script
             */
            name: string;
            /**
             * Created
             * @description Seconds since 1970 UTC
             */
            created: number;
            /**
             * Used
             * @description Seconds since 1970 UTC; accurate to a minute
             */
            used: number;
            /** Expires */
            expires: number | null;
        };
        /**
         * Upload
         * @description ``received`` bytes are there for good: send what follows them.
         */
        Upload: {
            /** Id */
            id: string;
            /** Received */
            received: number;
        };
        /** UploadRequest */
        UploadRequest: {
            /**
             * Size
             * @description Bytes it will have
             */
            size: number;
            /**
             * Repository
             * @description Where the image shall lie; left out, in the cluster root
             */
            repository?: string | null;
        };
        /**
         * User
         * @description A local user.
         */
        User: {
            /**
             * Name
             * @example admin
             */
            name: string;
            /**
             * Created
             * @description Seconds since 1970 UTC
             */
            created: number;
        };
        /**
         * Version
         * @description The manager's version and this API's.
         */
        Version: {
            /**
             * Version
             * @example 0.1.0
             */
            version: string;
            /**
             * Api
             * @example v1
             */
            api: string;
        };
        /**
         * Vif
         * @description One network interface. ``rate_limit`` is in kilobytes per second each way, None = no limit.
         */
        Vif: {
            /** Mac */
            mac: string;
            /** Bridge */
            bridge: string;
            /** @default virtio */
            model: components["schemas"]["VifModel"];
            /** Rate Limit */
            rate_limit?: number | null;
        };
        /** VifEditRequest */
        VifEditRequest: {
            /** Bridge */
            bridge?: string | null;
            /**
             * Rate Limit
             * @description kB/s; 0 lifts the limit
             */
            rate_limit?: number | null;
        };
        /**
         * VifModel
         * @enum {string}
         */
        VifModel: "virtio" | "e1000" | "rtl8139";
        /**
         * Vm
         * @description A VM: what was asked for (config), what is (power, server, guest), what is under way (busy),
         *     and what waits for its next start (pending).
         */
        Vm: {
            /** Id */
            id: string;
            /**
             * Name
             * @example web1
             */
            name: string;
            pool: components["schemas"]["Ref"];
            /** @description Where its guest is, or was placed */
            server: components["schemas"]["Ref"] | null;
            power: components["schemas"]["Power"];
            /** @description The power state last asked for */
            wanted: components["schemas"]["Wanted"];
            /**
             * Guarded
             * @description High availability would restart it: it and its pool ask for it
             */
            guarded: boolean;
            busy: components["schemas"]["Busy"] | null;
            config: components["schemas"]["VmConfig"];
            /**
             * Generation
             * @description Grows with every change; the ETag
             * @example 7
             */
            generation: number;
            /** @description Where it lies; None: in the cluster root */
            repository: components["schemas"]["Ref"] | null;
            /**
             * Problem
             * @description Why nothing can be done with it now; mostly empty
             */
            problem: string;
            /**
             * Pending
             * @description Fields that take effect at the next start
             */
            pending: {
                [key: string]: unknown;
            };
            guest: components["schemas"]["GuestView"] | null;
        };
        /**
         * VmChanges
         * @description What to change; a field that is left out stays as it is.
         */
        VmChanges: {
            /** Name */
            name?: string | null;
            /**
             * Memory
             * @description MiB
             */
            memory?: number | null;
            /**
             * Max Memory
             * @description MiB
             */
            max_memory?: number | null;
            /** Vcpus */
            vcpus?: number | null;
            /** Max Vcpus */
            max_vcpus?: number | null;
            /** Cpu Weight */
            cpu_weight?: number | null;
            /** Cpu Cap */
            cpu_cap?: number | null;
            /**
             * Io Weight
             * @description Share of its server's disk time; 100 is usual
             */
            io_weight?: number | null;
            /** Boot */
            boot?: components["schemas"]["BootDevice"][] | null;
            keyboard?: components["schemas"]["Keyboard"] | null;
            /** Description */
            description?: string | null;
            /** Tags */
            tags?: string[] | null;
            /** Preferred Servers */
            preferred_servers?: string[] | null;
            /**
             * Ha
             * @description Restart it elsewhere when its server fails
             */
            ha?: boolean | null;
            /**
             * Restart Priority
             * @description Highest first
             */
            restart_priority?: number | null;
            /** Vifs */
            vifs?: components["schemas"]["NewVif"][] | null;
        };
        /** VmCloneManyRequest */
        VmCloneManyRequest: {
            /**
             * Pattern
             * @description Their names; {} or {:02} becomes a number
             * @example web-{:02}
             */
            pattern: string;
            /**
             * Count
             * @example 50
             */
            count: number;
            /**
             * First
             * @description Number of the first
             * @default 1
             */
            first: number;
            /**
             * Repository
             * @description Where they shall lie; left out, where the VM does
             */
            repository?: string | null;
            /**
             * @description How their disks come from the VM's
             * @default auto
             */
            cloning: components["schemas"]["Cloning"];
            /**
             * Start
             * @default false
             */
            start: boolean;
            /**
             * Force
             * @description Even if the pool could then no longer restart its HA VMs after a failure
             * @default false
             */
            force: boolean;
        };
        /** VmCloneRequest */
        VmCloneRequest: {
            /**
             * Name
             * @description Of the clone
             * @example web2
             */
            name: string;
            /**
             * Repository
             * @description Where the clone shall lie; left out, where the VM does
             */
            repository?: string | null;
            /**
             * @description How its disks come from the VM's; full: over no template
             * @default auto
             */
            cloning: components["schemas"]["Cloning"];
            /** @description What the clone's guest is told; nothing of the VM's is kept */
            cloud_init?: components["schemas"]["CloudInit"] | null;
            /**
             * Start
             * @default false
             */
            start: boolean;
            /**
             * On
             * @description Start on this server and no other
             */
            on?: string | null;
            /**
             * Force
             * @description Even if the pool could then no longer restart its HA VMs after a failure
             * @default false
             */
            force: boolean;
        };
        /**
         * VmConfig
         * @description What the administrator asked for. Memory in MiB; ``cpu_cap`` in percent of one CPU, 0 = none.
         */
        VmConfig: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Memory
             * @description MiB
             */
            memory: number;
            /**
             * Max Memory
             * @description MiB; the balloon's upper bound
             */
            max_memory: number;
            /** Vcpus */
            vcpus: number;
            /** Max Vcpus */
            max_vcpus: number;
            /**
             * Cpu Weight
             * @default 100
             */
            cpu_weight: number;
            /**
             * Cpu Cap
             * @default 0
             */
            cpu_cap: number;
            /**
             * Io Weight
             * @description Share of its server's disk time
             * @default 100
             */
            io_weight: number;
            /**
             * Boot
             * @default [
             *       "disk"
             *     ]
             */
            boot: components["schemas"]["BootDevice"][];
            /**
             * Disks
             * @default []
             */
            disks: components["schemas"]["Disk"][];
            /**
             * Vifs
             * @default []
             */
            vifs: components["schemas"]["Vif"][];
            /** @default en-us */
            keyboard: components["schemas"]["Keyboard"];
            /**
             * Description
             * @default
             */
            description: string;
            /**
             * Tags
             * @default []
             */
            tags: string[];
            /**
             * Preferred Servers
             * @default []
             */
            preferred_servers: string[];
            /**
             * Ha
             * @description Restart it elsewhere when its server fails
             * @default false
             */
            ha: boolean;
            /**
             * Restart Priority
             * @description Highest first
             * @default 100
             */
            restart_priority: number;
        };
        /** VmCreateRequest */
        VmCreateRequest: {
            /**
             * Pool
             * @description Name or id of the pool
             * @example pool1
             */
            pool: string;
            /**
             * Name
             * @example web1
             */
            name: string;
            /**
             * Template
             * @example tiny
             */
            template?: string | null;
            /**
             * Repository
             * @description Where it shall lie; left out, in the cluster root
             */
            repository?: string | null;
            /**
             * Memory
             * @description MiB
             */
            memory?: number | null;
            /**
             * Max Memory
             * @description MiB
             */
            max_memory?: number | null;
            /** Vcpus */
            vcpus?: number | null;
            /** Max Vcpus */
            max_vcpus?: number | null;
            /**
             * Cpu Weight
             * @default 100
             */
            cpu_weight: number;
            /**
             * Cpu Cap
             * @description Percent of one CPU, 0 = none
             * @default 0
             */
            cpu_cap: number;
            /**
             * Io Weight
             * @description Share of its server's disk time
             * @default 100
             */
            io_weight: number;
            /**
             * Boot
             * @default [
             *       "disk"
             *     ]
             */
            boot: components["schemas"]["BootDevice"][];
            /**
             * Disks
             * @default []
             */
            disks: components["schemas"]["NewDisk"][];
            /**
             * Cdrom
             * @description ISO in its CD drive, hdc, tried last at boot unless `boot` has it elsewhere
             * @example debian-12
             */
            cdrom?: string | null;
            /**
             * Vifs
             * @default []
             */
            vifs: components["schemas"]["NewVif"][];
            /** @description What its guest is told at its first boot, on a CD of its own */
            cloud_init?: components["schemas"]["CloudInit"] | null;
            /** @default en-us */
            keyboard: components["schemas"]["Keyboard"];
            /**
             * Description
             * @default
             */
            description: string;
            /**
             * Tags
             * @default []
             */
            tags: string[];
            /**
             * Preferred Servers
             * @default []
             */
            preferred_servers: string[];
            /**
             * Ha
             * @description Restart it elsewhere when its server fails
             * @default false
             */
            ha: boolean;
            /**
             * Restart Priority
             * @description Highest first
             * @default 100
             */
            restart_priority: number;
            /**
             * @description How its disks come from the template's
             * @default full
             */
            cloning: components["schemas"]["Cloning"];
            /**
             * Start
             * @default false
             */
            start: boolean;
            /**
             * On
             * @description Start on this server and no other
             */
            on?: string | null;
            /**
             * Force
             * @description Even if the pool could then no longer restart its HA VMs after a failure
             * @default false
             */
            force: boolean;
        };
        /**
         * VmDescription
         * @description ``lost``: what that notation cannot say of the VM.
         */
        VmDescription: {
            /** Text */
            text: string;
            /**
             * Lost
             * @example [
             *       "tags: web: no other product has them"
             *     ]
             */
            lost: string[];
        };
        /** VmExportRequest */
        VmExportRequest: {
            /**
             * @description ova holds the disks; vm.cfg, xl.cfg and xml say where they lie
             * @default ova
             */
            format: components["schemas"]["ExportFormat"];
            /**
             * @description Format of the disks in an ova; vmdk fits everywhere
             * @default vmdk
             */
            disks: components["schemas"]["PackedImage"];
            /**
             * File
             * @description The file's name; the VM's without
             */
            file?: string | null;
        };
        /**
         * VmFailover
         * @description One guest of it. Times are seconds since 1970 UTC; None = not (yet). ``answered``: the guest
         *     itself gave a sign of life (its agent, or a byte on its console).
         */
        VmFailover: {
            /** Vm */
            vm: string;
            /** Name */
            name: string;
            /**
             * Server
             * @description Where it was started again
             */
            server?: string | null;
            /** Started */
            started?: number | null;
            /** Answered */
            answered?: number | null;
            /**
             * Outcome
             * @description One sentence
             * @default
             */
            outcome: string;
            /**
             * Spared
             * @description It needs no start by this failover (any more), or found no room
             * @default false
             */
            spared: boolean;
        };
        /** VmImportRequest */
        VmImportRequest: {
            /**
             * Pool
             * @description Name or id of the pool
             * @example pool1
             */
            pool: string;
            /**
             * Path
             * @description An OVA, a folder or a description, in an import folder of the utility server
             * @example /var/lib/millpond/import/web1.ova
             */
            path: string;
            /**
             * Name
             * @description Its name here; its own without
             */
            name?: string | null;
            /**
             * Repository
             * @description Where it shall lie; left out, in the cluster root
             */
            repository?: string | null;
            /**
             * Option
             * @description Deployment option of an OVF
             * @default
             */
            option: string;
            /**
             * System
             * @description Virtual system of an OVF
             * @default
             */
            system: string;
            /**
             * Networks
             * @description Bridges for networks that are called otherwise in the description
             * @default {}
             * @example {
             *       "VM Network": "xenbr0"
             *     }
             */
            networks: {
                [key: string]: string;
            };
            /**
             * New Macs
             * @description Fresh MAC addresses instead of its own
             * @default false
             */
            new_macs: boolean;
            /**
             * @description Format of its disks here
             * @default qcow2
             */
            format: components["schemas"]["DiskFormat"];
            /**
             * Drivers
             * @description Have virt-v2v put virtio drivers into the copy's guest
             * @default false
             */
            drivers: boolean;
            /**
             * On
             * @description The utility server to read from
             */
            on?: string | null;
        };
        /** VmMigrateRequest */
        VmMigrateRequest: {
            /**
             * To
             * @description Target server; left out, one is chosen
             */
            to?: string | null;
            /**
             * Live
             * @description False: save the memory, restore it there
             * @default true
             */
            live: boolean;
            /**
             * @default {
             *       "bandwidth": 0,
             *       "parallel": 0,
             *       "auto_converge": false,
             *       "post_copy": false
             *     }
             */
            options: components["schemas"]["MigrationOptions"];
            /**
             * Force
             * @description Even if the pool could then no longer restart its HA VMs after a failure
             * @default false
             */
            force: boolean;
        };
        /** VmMoveRequest */
        VmMoveRequest: {
            /**
             * Repository
             * @description Where to; `root` is the cluster root
             * @example data1
             */
            repository: string;
            /**
             * Rate
             * @description kB/s at most while the VM runs; 0 is no limit
             * @default 0
             */
            rate: number;
        };
        /** VmResumeRequest */
        VmResumeRequest: {
            /**
             * On
             * @description Start on this server and no other
             */
            on?: string | null;
            /**
             * Force
             * @description Even if the pool could then no longer restart its HA VMs after a failure
             * @default false
             */
            force: boolean;
        };
        /**
         * VmSamples
         * @description As of a server. A VM has them while it runs; ``memory`` is what its guest says that it cannot do
         *     without, or, where it has no balloon driver, what it occupies of its server.
         */
        VmSamples: {
            /**
             * Start
             * @description When the first begins; Seconds since 1970 UTC
             */
            start: number;
            /**
             * Step
             * @description Seconds
             * @example 20
             */
            step: number;
            /**
             * Cpu
             * @description Percent of all its processors
             * @example [
             *       12.5,
             *       80
             *     ]
             */
            cpu: (number | null)[];
            /**
             * Memory
             * @description Bytes in use
             * @example [
             *       1073741824,
             *       1077936128
             *     ]
             */
            memory: (number | null)[];
            /**
             * Disk Read
             * @description Bytes a second
             * @example [
             *       0,
             *       65536
             *     ]
             */
            disk_read: (number | null)[];
            /**
             * Disk Write
             * @description Bytes a second
             * @example [
             *       4096,
             *       65536
             *     ]
             */
            disk_write: (number | null)[];
            /**
             * Net Rx
             * @description Bytes a second that it received
             * @example [
             *       512,
             *       0
             *     ]
             */
            net_rx: (number | null)[];
            /**
             * Net Tx
             * @description Bytes a second that it sent
             * @example [
             *       512,
             *       0
             *     ]
             */
            net_tx: (number | null)[];
        };
        /** VmSaveTemplateRequest */
        VmSaveTemplateRequest: {
            /**
             * Name
             * @description Of the template
             * @example golden
             */
            name: string;
            /**
             * Repository
             * @description Where it shall lie; left out, where the VM does
             */
            repository?: string | null;
            /**
             * Description
             * @default
             */
            description: string;
        };
        /** VmStartRequest */
        VmStartRequest: {
            /**
             * On
             * @description Start on this server and no other
             */
            on?: string | null;
            /**
             * Force
             * @description Even if the pool could then no longer restart its HA VMs after a failure
             * @default false
             */
            force: boolean;
        };
        /** VmStopRequest */
        VmStopRequest: {
            /**
             * Timeout
             * @description Seconds the guest may take
             * @default 60
             */
            timeout: number;
            /**
             * Force
             * @description Power off when the time is up
             * @default false
             */
            force: boolean;
        };
        /**
         * Wanted
         * @description The power state the administrator last asked for.
         * @enum {string}
         */
        Wanted: "on" | "off" | "suspended";
        /**
         * WarmImportRequest
         * @description Its disks are raw here, as they have to be there.
         */
        WarmImportRequest: {
            /**
             * Pool
             * @description Name or id of the pool
             * @example pool1
             */
            pool: string;
            /**
             * Path
             * @description An OVA, a folder or a description, in an import folder of the utility server
             * @example /var/lib/millpond/import/web1.ova
             */
            path: string;
            /**
             * Name
             * @description Its name here; its own without
             */
            name?: string | null;
            /**
             * Repository
             * @description Where it shall lie; left out, in the cluster root
             */
            repository?: string | null;
            /**
             * Option
             * @description Deployment option of an OVF
             * @default
             */
            option: string;
            /**
             * System
             * @description Virtual system of an OVF
             * @default
             */
            system: string;
            /**
             * Networks
             * @description Bridges for networks that are called otherwise in the description
             * @default {}
             * @example {
             *       "VM Network": "xenbr0"
             *     }
             */
            networks: {
                [key: string]: string;
            };
            /**
             * New Macs
             * @description Fresh MAC addresses instead of its own
             * @default false
             */
            new_macs: boolean;
            /** @default raw */
            format: components["schemas"]["DiskFormat"];
            /**
             * Drivers
             * @description Have virt-v2v put virtio drivers into the copy's guest
             * @default false
             */
            drivers: boolean;
            /**
             * On
             * @description The utility server to read from
             */
            on?: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    sign_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "admin",
                 *       "password": "four random plain words"
                 *     }
                 */
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "token": "mps_8N0kKqVxk2v6dZc1",
                     *       "user": "text",
                     *       "expires": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    sign_in_with_browser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "admin",
                 *       "password": "four random plain words"
                 *     }
                 */
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "user": "text",
                     *       "expires": 1
                     *     }
                     */
                    "application/json": components["schemas"]["BrowserSession"];
                };
            };
        };
    };
    sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_users: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "admin",
                     *           "created": 1
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_User_"];
                };
            };
        };
    };
    create_user: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "anna",
                 *       "password": "four random plain words"
                 *     }
                 */
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "admin",
                     *       "created": 1
                     *     }
                     */
                    "application/json": components["schemas"]["User"];
                };
            };
        };
    };
    show_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "admin",
                     *       "created": 1
                     *     }
                     */
                    "application/json": components["schemas"]["User"];
                };
            };
        };
    };
    change_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "old": "text",
                 *       "new": "four random plain words"
                 *     }
                 */
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    show_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "admin",
                     *       "created": 1
                     *     }
                     */
                    "application/json": components["schemas"]["User"];
                };
            };
        };
    };
    delete_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_tokens: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "name": "backup-script",
                     *           "created": 1,
                     *           "used": 1,
                     *           "expires": 1
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_Token_"];
                };
            };
        };
    };
    create_token: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "backup-script",
                 *       "days": 1
                 *     }
                 */
                "application/json": components["schemas"]["NewToken"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "token": {
                     *         "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "name": "backup-script",
                     *         "created": 1,
                     *         "used": 1,
                     *         "expires": 1
                     *       },
                     *       "secret": "mpt_8N0kKqVxk2v6dZc1"
                     *     }
                     */
                    "application/json": components["schemas"]["IssuedToken"];
                };
            };
        };
    };
    delete_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_servers: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "text",
                     *           "name": "srv1",
                     *           "address": "192.0.2.11",
                     *           "port": 8899,
                     *           "pool": {
                     *             "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *             "name": "pool1"
                     *           },
                     *           "roles": [
                     *             "master"
                     *           ],
                     *           "enrolled": false,
                     *           "up": false,
                     *           "maintenance": false,
                     *           "host_id": 1,
                     *           "busy": {
                     *             "job": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *             "kind": "vm.start"
                     *           },
                     *           "seen": 1,
                     *           "memory": 1,
                     *           "memory_free": 1,
                     *           "cpus": 1,
                     *           "hypervisor": "QEMU 7.2.18",
                     *           "acceleration": "kvm",
                     *           "vms": 1
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_Server_"];
                };
            };
        };
    };
    add_server: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "srv1",
                 *       "address": "192.0.2.11",
                 *       "port": 8899
                 *     }
                 */
                "application/json": components["schemas"]["NewServer"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "server": {
                     *         "id": "text",
                     *         "name": "srv1",
                     *         "address": "192.0.2.11",
                     *         "port": 8899,
                     *         "pool": {
                     *           "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "name": "pool1"
                     *         },
                     *         "roles": [
                     *           "master"
                     *         ],
                     *         "enrolled": false,
                     *         "up": false,
                     *         "maintenance": false,
                     *         "host_id": 1,
                     *         "busy": {
                     *           "job": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "kind": "vm.start"
                     *         },
                     *         "seen": 1,
                     *         "memory": 1,
                     *         "memory_free": 1,
                     *         "cpus": 1,
                     *         "hypervisor": "QEMU 7.2.18",
                     *         "acceleration": "kvm",
                     *         "vms": 1
                     *       },
                     *       "token": "mp1.eyJ1cmwiOiJodHRwczovL21hbmFnZXI6ODQ0MyJ9"
                     *     }
                     */
                    "application/json": components["schemas"]["ServerToken"];
                };
            };
        };
    };
    show_server: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "text",
                     *       "name": "srv1",
                     *       "address": "192.0.2.11",
                     *       "port": 8899,
                     *       "pool": {
                     *         "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "name": "pool1"
                     *       },
                     *       "roles": [
                     *         "master"
                     *       ],
                     *       "enrolled": false,
                     *       "up": false,
                     *       "maintenance": false,
                     *       "host_id": 1,
                     *       "busy": {
                     *         "job": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "kind": "vm.start"
                     *       },
                     *       "seen": 1,
                     *       "memory": 1,
                     *       "memory_free": 1,
                     *       "cpus": 1,
                     *       "hypervisor": "QEMU 7.2.18",
                     *       "acceleration": "kvm",
                     *       "vms": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Server"];
                };
            };
        };
    };
    delete_server: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    show_inventory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "hostname": "text",
                     *       "agent_version": "text",
                     *       "libvirt_version": "text",
                     *       "hypervisor": "text",
                     *       "acceleration": "kvm",
                     *       "acceleration_proof": "text",
                     *       "cpu": {
                     *         "model": "text",
                     *         "vendor": "text",
                     *         "flags": [
                     *           "text"
                     *         ],
                     *         "sockets": 1,
                     *         "cores": 1,
                     *         "threads": 1,
                     *         "mhz": 1
                     *       },
                     *       "numa": [
                     *         {
                     *           "node": 1,
                     *           "memory": 1,
                     *           "cpus": [
                     *             1
                     *           ]
                     *         }
                     *       ],
                     *       "memory": 1,
                     *       "memory_free": 1,
                     *       "nics": [
                     *         {
                     *           "name": "text",
                     *           "mac": "text",
                     *           "up": false,
                     *           "speed": 1,
                     *           "master": "text"
                     *         }
                     *       ],
                     *       "bridges": [
                     *         {
                     *           "name": "text",
                     *           "mac": "text",
                     *           "up": false,
                     *           "ports": [],
                     *           "addresses": []
                     *         }
                     *       ],
                     *       "storage": [
                     *         {
                     *           "path": "text",
                     *           "available": false,
                     *           "filesystem": "",
                     *           "total": 0,
                     *           "free": 0
                     *         }
                     *       ],
                     *       "clock": 1,
                     *       "boot_id": "text",
                     *       "kernel": "text",
                     *       "repositories": [],
                     *       "joined": false
                     *     }
                     */
                    "application/json": components["schemas"]["Inventory"];
                };
            };
        };
    };
    new_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "server": {
                     *         "id": "text",
                     *         "name": "srv1",
                     *         "address": "192.0.2.11",
                     *         "port": 8899,
                     *         "pool": {
                     *           "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "name": "pool1"
                     *         },
                     *         "roles": [
                     *           "master"
                     *         ],
                     *         "enrolled": false,
                     *         "up": false,
                     *         "maintenance": false,
                     *         "host_id": 1,
                     *         "busy": {
                     *           "job": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "kind": "vm.start"
                     *         },
                     *         "seen": 1,
                     *         "memory": 1,
                     *         "memory_free": 1,
                     *         "cpus": 1,
                     *         "hypervisor": "QEMU 7.2.18",
                     *         "acceleration": "kvm",
                     *         "vms": 1
                     *       },
                     *       "token": "mp1.eyJ1cmwiOiJodHRwczovL21hbmFnZXI6ODQ0MyJ9"
                     *     }
                     */
                    "application/json": components["schemas"]["ServerToken"];
                };
            };
        };
    };
    enter_maintenance: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "force": false
                 *     }
                 */
                "application/json": components["schemas"]["EvacuateRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    shut_down_server: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "force": false
                 *     }
                 */
                "application/json": components["schemas"]["EvacuateRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    reboot_server: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "force": false,
                 *       "activate": false,
                 *       "timeout": 900
                 *     }
                 */
                "application/json": components["schemas"]["ServerRebootRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    activate_server: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    redeem: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "secret": "text",
                 *       "csr": "text",
                 *       "server_id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                 *       "port": 1
                 *     }
                 */
                "application/json": components["schemas"]["Redemption"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ca": "text",
                     *       "certificate": "text",
                     *       "name": "text",
                     *       "address": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Enrolment"];
                };
            };
        };
    };
    list_pools: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "name": "pool1",
                     *           "description": "text",
                     *           "generation": 1,
                     *           "members": [
                     *             {
                     *               "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *               "name": "web1",
                     *               "address": "192.0.2.11",
                     *               "port": 1,
                     *               "host_id": 1,
                     *               "roles": [
                     *                 "master"
                     *               ],
                     *               "maintenance": false,
                     *               "up": false
                     *             }
                     *           ],
                     *           "master": {
                     *             "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *             "name": "pool1"
                     *           },
                     *           "cluster_root": "/OVS",
                     *           "bridges": [
                     *             {
                     *               "name": "xenbr0",
                     *               "nic": "xenbr0",
                     *               "vlan": 1,
                     *               "bond": []
                     *             }
                     *           ],
                     *           "bandwidth": 1,
                     *           "lab": false,
                     *           "migrations": 1,
                     *           "reserve": 1,
                     *           "term": 1,
                     *           "ha": {
                     *             "enabled": false,
                     *             "armed": true,
                     *             "tolerate": 0,
                     *             "isolation": "keep",
                     *             "outage": 20,
                     *             "rules": []
                     *           },
                     *           "vms": 1,
                     *           "busy": {
                     *             "job": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *             "kind": "vm.start"
                     *           }
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_Pool_"];
                };
            };
        };
    };
    create_pool: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "pool1",
                 *       "description": "",
                 *       "cluster_root": "/OVS",
                 *       "members": [
                 *         {
                 *           "server": "srv1",
                 *           "roles": [
                 *             "master",
                 *             "utility",
                 *             "vm"
                 *           ]
                 *         }
                 *       ],
                 *       "bridges": [],
                 *       "bandwidth": 0,
                 *       "migrations": 2,
                 *       "ha": {
                 *         "enabled": false,
                 *         "tolerate": 0,
                 *         "isolation": "keep",
                 *         "outage": 20
                 *       },
                 *       "lab": false
                 *     }
                 */
                "application/json": components["schemas"]["PoolCreateRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    show_pool: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "name": "pool1",
                     *       "description": "text",
                     *       "generation": 1,
                     *       "members": [
                     *         {
                     *           "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "name": "web1",
                     *           "address": "192.0.2.11",
                     *           "port": 1,
                     *           "host_id": 1,
                     *           "roles": [
                     *             "master"
                     *           ],
                     *           "maintenance": false,
                     *           "up": false
                     *         }
                     *       ],
                     *       "master": {
                     *         "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "name": "pool1"
                     *       },
                     *       "cluster_root": "/OVS",
                     *       "bridges": [
                     *         {
                     *           "name": "xenbr0",
                     *           "nic": "xenbr0",
                     *           "vlan": 1,
                     *           "bond": []
                     *         }
                     *       ],
                     *       "bandwidth": 1,
                     *       "lab": false,
                     *       "migrations": 1,
                     *       "reserve": 1,
                     *       "term": 1,
                     *       "ha": {
                     *         "enabled": false,
                     *         "armed": true,
                     *         "tolerate": 0,
                     *         "isolation": "keep",
                     *         "outage": 20,
                     *         "rules": []
                     *       },
                     *       "vms": 1,
                     *       "busy": {
                     *         "job": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "kind": "vm.start"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Pool"];
                };
            };
        };
    };
    delete_pool: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    edit_pool: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
                force?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
                /** @description Only if the object's ETag still is this, such as `"7"`, or `*` (RFC 9110) */
                "If-Match"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "web1",
                 *       "description": "",
                 *       "bandwidth": 1,
                 *       "migrations": 1,
                 *       "reserve": 1,
                 *       "ha": {
                 *         "enabled": false,
                 *         "tolerate": 1,
                 *         "isolation": "keep"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PoolChanges"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    adopt_pool: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "server": "srv1"
                 *     }
                 */
                "application/json": components["schemas"]["PoolAdoptRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    preflight_pool: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "pool1",
                 *       "description": "",
                 *       "cluster_root": "/OVS",
                 *       "members": [
                 *         {
                 *           "server": "srv1",
                 *           "roles": [
                 *             "master",
                 *             "utility",
                 *             "vm"
                 *           ]
                 *         }
                 *       ],
                 *       "bridges": [],
                 *       "bandwidth": 0,
                 *       "migrations": 2,
                 *       "ha": {
                 *         "enabled": false,
                 *         "tolerate": 0,
                 *         "isolation": "keep",
                 *         "outage": 20
                 *       },
                 *       "lab": false
                 *     }
                 */
                "application/json": components["schemas"]["PoolCreateRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "fits": false,
                     *       "differences": [
                     *         {
                     *           "server": "text",
                     *           "subject": "text",
                     *           "expected": "text",
                     *           "found": "text",
                     *           "fix": "text",
                     *           "blocking": true
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Report"];
                };
            };
        };
    };
    check_pool: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "fits": false,
                     *       "differences": [
                     *         {
                     *           "server": "text",
                     *           "subject": "text",
                     *           "expected": "text",
                     *           "found": "text",
                     *           "fix": "text",
                     *           "blocking": true
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Report"];
                };
            };
        };
    };
    add_member: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "server": "srv1",
                 *       "roles": [
                 *         "master",
                 *         "utility",
                 *         "vm"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["PoolAddServerRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    remove_member: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    set_member_roles: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                server: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "roles": [
                 *         "utility",
                 *         "vm"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["PoolSetRolesRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    show_ha: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "pool": {
                     *         "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "name": "pool1"
                     *       },
                     *       "master": {
                     *         "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "name": "pool1"
                     *       },
                     *       "term": 3,
                     *       "settings": {
                     *         "enabled": false,
                     *         "armed": true,
                     *         "tolerate": 0,
                     *         "isolation": "keep",
                     *         "outage": 20,
                     *         "rules": []
                     *       },
                     *       "sentence": "all is well",
                     *       "hosts": [
                     *         {
                     *           "server": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "name": "web1",
                     *           "state": "text",
                     *           "network_age": 1,
                     *           "storage_age": 1,
                     *           "watchdog": "text",
                     *           "devices": 1,
                     *           "alarms": []
                     *         }
                     *       ],
                     *       "waiting": [
                     *         "text"
                     *       ],
                     *       "promised_fenced": 14,
                     *       "promised_by_leases": 81,
                     *       "last": {
                     *         "failover": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "server": "web1",
                     *         "seconds": 1,
                     *         "promised": 1,
                     *         "kept": false
                     *       },
                     *       "worst": {
                     *         "failover": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "server": "web1",
                     *         "seconds": 1,
                     *         "promised": 1,
                     *         "kept": false
                     *       },
                     *       "alarms": [
                     *         "text"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["PoolHa"];
                };
            };
        };
    };
    arm_pool: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    disarm_pool: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    show_timing: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "outage": 1,
                     *       "settings": [
                     *         {
                     *           "engine": "sanlock",
                     *           "setting": "io_timeout",
                     *           "value": 4,
                     *           "unit": "s",
                     *           "meaning": "text"
                     *         }
                     *       ],
                     *       "chain": [
                     *         {
                     *           "name": "lease lost <= o2cb dead",
                     *           "left": 1,
                     *           "right": 1,
                     *           "why": "text",
                     *           "holds": false
                     *         }
                     *       ],
                     *       "detection": 1,
                     *       "promised_fenced": 1,
                     *       "promised_fenced_ocfs2": 1,
                     *       "promised_by_leases": 1
                     *     }
                     */
                    "application/json": components["schemas"]["TimingReply"];
                };
            };
        };
    };
    what_if_timing: {
        parameters: {
            query: {
                /** @description Seconds the storage may be gone */
                outage: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "outage": 1,
                     *       "settings": [
                     *         {
                     *           "engine": "sanlock",
                     *           "setting": "io_timeout",
                     *           "value": 4,
                     *           "unit": "s",
                     *           "meaning": "text"
                     *         }
                     *       ],
                     *       "chain": [
                     *         {
                     *           "name": "lease lost <= o2cb dead",
                     *           "left": 1,
                     *           "right": 1,
                     *           "why": "text",
                     *           "holds": false
                     *         }
                     *       ],
                     *       "detection": 1,
                     *       "promised_fenced": 1,
                     *       "promised_fenced_ocfs2": 1,
                     *       "promised_by_leases": 1
                     *     }
                     */
                    "application/json": components["schemas"]["TimingReply"];
                };
            };
        };
    };
    list_failovers: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "server": {
                     *             "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *             "name": "pool1"
                     *           },
                     *           "term": 1,
                     *           "silent": 1,
                     *           "detected": 1,
                     *           "decided": 1,
                     *           "fenced": 1,
                     *           "how": "text",
                     *           "leases_cleared": 1,
                     *           "vms": [
                     *             {
                     *               "vm": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *               "name": "web1",
                     *               "server": "web1",
                     *               "started": 1,
                     *               "answered": 1,
                     *               "outcome": "",
                     *               "spared": false
                     *             }
                     *           ],
                     *           "ended": 1,
                     *           "promised": 14,
                     *           "measured": 9.3,
                     *           "kept": false
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_FailoverReply_"];
                };
            };
        };
    };
    show_failover: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
                /** @example 0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "server": {
                     *         "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "name": "pool1"
                     *       },
                     *       "term": 1,
                     *       "silent": 1,
                     *       "detected": 1,
                     *       "decided": 1,
                     *       "fenced": 1,
                     *       "how": "text",
                     *       "leases_cleared": 1,
                     *       "vms": [
                     *         {
                     *           "vm": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "name": "web1",
                     *           "server": "web1",
                     *           "started": 1,
                     *           "answered": 1,
                     *           "outcome": "",
                     *           "spared": false
                     *         }
                     *       ],
                     *       "ended": 1,
                     *       "promised": 14,
                     *       "measured": 9.3,
                     *       "kept": false
                     *     }
                     */
                    "application/json": components["schemas"]["FailoverReply"];
                };
            };
        };
    };
    list_rules: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "web1",
                     *           "kind": "together",
                     *           "vms": [
                     *             "web1"
                     *           ],
                     *           "servers": [],
                     *           "strict": true
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_AffinityRule_"];
                };
            };
        };
    };
    add_rule: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "web1",
                 *       "kind": "together",
                 *       "vms": [
                 *         "web1"
                 *       ],
                 *       "servers": [],
                 *       "strict": true
                 *     }
                 */
                "application/json": components["schemas"]["AffinityRule"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    remove_rule: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    list_fencing: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "server": {
                     *             "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *             "name": "pool1"
                     *           },
                     *           "generation": 1,
                     *           "devices": [
                     *             {
                     *               "name": "ipmi1",
                     *               "agent": "fence_ipmilan",
                     *               "level": 1,
                     *               "arguments": {
                     *                 "ip": "192.0.2.21",
                     *                 "username": "admin"
                     *               },
                     *               "secrets": {
                     *                 "password": "***"
                     *               },
                     *               "timeout": 20
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_FencingReply_"];
                };
            };
        };
    };
    show_fencing: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "server": {
                     *         "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "name": "pool1"
                     *       },
                     *       "generation": 1,
                     *       "devices": [
                     *         {
                     *           "name": "ipmi1",
                     *           "agent": "fence_ipmilan",
                     *           "level": 1,
                     *           "arguments": {
                     *             "ip": "192.0.2.21",
                     *             "username": "admin"
                     *           },
                     *           "secrets": {
                     *             "password": "***"
                     *           },
                     *           "timeout": 20
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["FencingReply"];
                };
            };
        };
    };
    set_fence_device: {
        parameters: {
            query?: never;
            header?: {
                /** @description Only if the object's ETag still is this, such as `"7"`, or `*` (RFC 9110) */
                "If-Match"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "agent": "fence_ipmilan",
                 *       "level": 1,
                 *       "arguments": {
                 *         "ip": "192.0.2.21",
                 *         "lanplus": "1",
                 *         "username": "admin"
                 *       },
                 *       "secrets": {
                 *         "password": "its password"
                 *       },
                 *       "timeout": 20
                 *     }
                 */
                "application/json": components["schemas"]["NewFenceDevice"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "server": {
                     *         "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "name": "pool1"
                     *       },
                     *       "generation": 1,
                     *       "devices": [
                     *         {
                     *           "name": "ipmi1",
                     *           "agent": "fence_ipmilan",
                     *           "level": 1,
                     *           "arguments": {
                     *             "ip": "192.0.2.21",
                     *             "username": "admin"
                     *           },
                     *           "secrets": {
                     *             "password": "***"
                     *           },
                     *           "timeout": 20
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["FencingReply"];
                };
            };
        };
    };
    remove_fence_device: {
        parameters: {
            query?: never;
            header?: {
                /** @description Only if the object's ETag still is this, such as `"7"`, or `*` (RFC 9110) */
                "If-Match"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "server": {
                     *         "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "name": "pool1"
                     *       },
                     *       "generation": 1,
                     *       "devices": [
                     *         {
                     *           "name": "ipmi1",
                     *           "agent": "fence_ipmilan",
                     *           "level": 1,
                     *           "arguments": {
                     *             "ip": "192.0.2.21",
                     *             "username": "admin"
                     *           },
                     *           "secrets": {
                     *             "password": "***"
                     *           },
                     *           "timeout": 20
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["FencingReply"];
                };
            };
        };
    };
    check_fencing: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "answers": [
                     *         "ipmi1: on"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["FenceCheck"];
                };
            };
        };
    };
    list_fence_agents: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "fence_ipmilan"
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_FenceAgentName_"];
                };
            };
        };
    };
    show_fence_agent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "text",
                     *       "description": "text",
                     *       "parameters": [
                     *         {
                     *           "name": "text",
                     *           "required": false,
                     *           "secret": false,
                     *           "default": "text",
                     *           "description": "text",
                     *           "kind": "string",
                     *           "options": []
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["FenceAgent"];
                };
            };
        };
    };
    list_bridges: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "xenbr0",
                     *           "managed": false,
                     *           "nic": "text",
                     *           "vlan": 1,
                     *           "bond": [
                     *             "text"
                     *           ],
                     *           "servers": [
                     *             "text"
                     *           ],
                     *           "missing": [
                     *             "text"
                     *           ],
                     *           "unknown": [
                     *             "text"
                     *           ]
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_BridgeView_"];
                };
            };
        };
    };
    create_bridge: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "xenbr0",
                 *       "nic": "xenbr0",
                 *       "vlan": 1,
                 *       "bond": []
                 *     }
                 */
                "application/json": components["schemas"]["BridgeSpec"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    delete_bridge: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example xenbr0 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    list_repositories: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "name": "data1",
                     *           "kind": "local",
                     *           "source": "filer1:/vol/data1",
                     *           "mount": "text",
                     *           "cluster_root": false,
                     *           "servers": [
                     *             "web1"
                     *           ],
                     *           "problems": {},
                     *           "unknown": [
                     *             "web1"
                     *           ],
                     *           "total": 1,
                     *           "free": 1,
                     *           "virtual": 1,
                     *           "vms": 1
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_RepositoryView_"];
                };
            };
        };
    };
    create_repository: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "data1",
                 *       "kind": "local",
                 *       "source": "filer1:/vol/data1",
                 *       "servers": [],
                 *       "mount": "/OVS",
                 *       "keep": false
                 *     }
                 */
                "application/json": components["schemas"]["RepositoryCreateRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    show_repository: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                repository: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "name": "data1",
                     *       "kind": "local",
                     *       "source": "filer1:/vol/data1",
                     *       "mount": "text",
                     *       "cluster_root": false,
                     *       "servers": [
                     *         "web1"
                     *       ],
                     *       "problems": {},
                     *       "unknown": [
                     *         "web1"
                     *       ],
                     *       "total": 1,
                     *       "free": 1,
                     *       "virtual": 1,
                     *       "vms": 1
                     *     }
                     */
                    "application/json": components["schemas"]["RepositoryView"];
                };
            };
        };
    };
    delete_repository: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
                contents?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                repository: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    attach_repository: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "data1",
                 *       "kind": "local",
                 *       "source": "filer1:/vol/data1",
                 *       "servers": [],
                 *       "mount": "/OVS",
                 *       "force": false
                 *     }
                 */
                "application/json": components["schemas"]["RepositoryAttachRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    refresh_repository: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                repository: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    adopt_repository: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                repository: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "memory": 1024,
                 *       "vcpus": 1,
                 *       "networks": {
                 *         "br0": "xenbr0"
                 *       },
                 *       "new_macs": false
                 *     }
                 */
                "application/json": components["schemas"]["RepositoryAdoptRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    detach_repository: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                repository: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "force": false
                 *     }
                 */
                "application/json": components["schemas"]["RepositoryDetachRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    list_templates: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "web1",
                     *           "description": "",
                     *           "memory": 32,
                     *           "vcpus": 1,
                     *           "disks": [
                     *             {
                     *               "target": "vda",
                     *               "file": "text",
                     *               "format": "raw",
                     *               "size": 512,
                     *               "sha256": "0000000000000000000000000000000000000000000000000000000000000000"
                     *             }
                     *           ],
                     *           "repository": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11"
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_TemplateDocument_"];
                };
            };
        };
    };
    show_template: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                template: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "web1",
                     *       "description": "",
                     *       "memory": 32,
                     *       "vcpus": 1,
                     *       "disks": [
                     *         {
                     *           "target": "vda",
                     *           "file": "text",
                     *           "format": "raw",
                     *           "size": 512,
                     *           "sha256": "0000000000000000000000000000000000000000000000000000000000000000"
                     *         }
                     *       ],
                     *       "repository": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11"
                     *     }
                     */
                    "application/json": components["schemas"]["TemplateDocument"];
                };
            };
        };
    };
    delete_template: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                template: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    deploy_template: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                template: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "to": "pool2",
                 *       "name": "web1",
                 *       "repository": "web1"
                 *     }
                 */
                "application/json": components["schemas"]["TemplateDeployRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    list_images: {
        parameters: {
            query?: {
                kind?: components["schemas"]["ImageKind"] | null;
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "name": "web1",
                     *           "kind": "template",
                     *           "format": "raw",
                     *           "state": "importing",
                     *           "source": "text",
                     *           "description": "",
                     *           "memory": 1024,
                     *           "vcpus": 1,
                     *           "facts": {
                     *             "received": 1,
                     *             "sha256": "0000000000000000000000000000000000000000000000000000000000000000",
                     *             "virtual_size": 1
                     *           },
                     *           "repository": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "generation": 1
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_ImageDocument_"];
                };
            };
        };
    };
    import_image: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "debian-12",
                 *       "kind": "template",
                 *       "format": "raw",
                 *       "url": "https://cdimage.debian.org/debian.iso",
                 *       "path": "/OVS",
                 *       "upload": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                 *       "size": 1,
                 *       "sha256": "0000000000000000000000000000000000000000000000000000000000000000",
                 *       "repository": "web1",
                 *       "into": "raw",
                 *       "description": "",
                 *       "memory": 1024,
                 *       "vcpus": 1
                 *     }
                 */
                "application/json": components["schemas"]["ImageImportRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    show_image: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                image: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "name": "web1",
                     *       "kind": "template",
                     *       "format": "raw",
                     *       "state": "importing",
                     *       "source": "text",
                     *       "description": "",
                     *       "memory": 1024,
                     *       "vcpus": 1,
                     *       "facts": {
                     *         "received": 1,
                     *         "sha256": "0000000000000000000000000000000000000000000000000000000000000000",
                     *         "virtual_size": 1
                     *       },
                     *       "repository": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "generation": 1
                     *     }
                     */
                    "application/json": components["schemas"]["ImageDocument"];
                };
            };
        };
    };
    delete_image: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
                keep_files?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                image: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    approve_image: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                image: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    begin_upload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "size": 1,
                 *       "repository": "web1"
                 *     }
                 */
                "application/json": components["schemas"]["UploadRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "received": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Upload"];
                };
            };
        };
    };
    show_upload: {
        parameters: {
            query?: {
                /** @description Repository it was begun in; left out, the cluster root */
                repository?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
                /** @example 0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11 */
                upload: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "received": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Upload"];
                };
            };
        };
    };
    write_upload: {
        parameters: {
            query: {
                /** @description Where the piece belongs */
                offset: number;
                /** @description Repository it was begun in; left out, the cluster root */
                repository?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
                /** @example 0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11 */
                upload: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": unknown;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "received": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Upload"];
                };
            };
        };
    };
    drop_upload: {
        parameters: {
            query?: {
                /** @description Repository it was begun in; left out, the cluster root */
                repository?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
                /** @example 0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11 */
                upload: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_backups: {
        parameters: {
            query?: {
                /** @description Only of this VM: its id, or a name */
                vm?: string | null;
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
                /** @description Name or id; root is the cluster root */
                repository?: string | null;
                /** @description One that was opened for backups on its server */
                directory?: string | null;
                /** @description Whose directory it is */
                server?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "text",
                     *           "vm": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "name": "web1",
                     *           "schedule": "web1",
                     *           "taken": 1,
                     *           "live": false,
                     *           "quiesced": false,
                     *           "parent": "text",
                     *           "bytes": 1,
                     *           "size": 1
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_BackupView_"];
                };
            };
        };
    };
    show_backup: {
        parameters: {
            query?: {
                /** @description Name or id; root is the cluster root */
                repository?: string | null;
                /** @description One that was opened for backups on its server */
                directory?: string | null;
                /** @description Whose directory it is */
                server?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                vm: string;
                /** @example web1 */
                backup: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "20261127T120000000Z-0f0e6a52",
                     *       "vm": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "pool": "web1",
                     *       "schedule": "web1",
                     *       "taken": 1,
                     *       "live": false,
                     *       "quiesced": false,
                     *       "why_not_quiesced": "",
                     *       "parent": "20261127T120000000Z-0f0e6a52",
                     *       "config": {
                     *         "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "name": "web1",
                     *         "memory": 32,
                     *         "max_memory": 32,
                     *         "vcpus": 1,
                     *         "max_vcpus": 1,
                     *         "cpu_weight": 100,
                     *         "cpu_cap": 0,
                     *         "io_weight": 100,
                     *         "boot": [
                     *           "disk"
                     *         ],
                     *         "disks": [],
                     *         "vifs": [],
                     *         "keyboard": "en-us",
                     *         "description": "",
                     *         "tags": [],
                     *         "preferred_servers": [],
                     *         "ha": false,
                     *         "restart_priority": 100
                     *       },
                     *       "disks": [
                     *         {
                     *           "target": "vda",
                     *           "incremental": false,
                     *           "why_full": "",
                     *           "size": 512,
                     *           "bytes": 1,
                     *           "sha256": "0000000000000000000000000000000000000000000000000000000000000000"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Backup"];
                };
            };
        };
    };
    delete_backup: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
                repository?: string | null;
                directory?: string | null;
                server?: string | null;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                vm: string;
                /** @example web1 */
                backup: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    create_backup: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "repository": "data1",
                 *       "directory": "/OVS",
                 *       "server": "web1",
                 *       "full": false,
                 *       "quiesce": "no",
                 *       "keep": 1
                 *     }
                 */
                "application/json": components["schemas"]["BackupCreateRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    verify_backup: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                vm: string;
                /** @example web1 */
                backup: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "repository": "data1",
                 *       "directory": "/OVS",
                 *       "server": "web1"
                 *     }
                 */
                "application/json": components["schemas"]["BackupRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    restore_backup: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                vm: string;
                /** @example web1 */
                backup: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "repository": "data1",
                 *       "directory": "/OVS",
                 *       "server": "web1",
                 *       "name": "web1",
                 *       "to": "web1",
                 *       "same_macs": false,
                 *       "over": false
                 *     }
                 */
                "application/json": components["schemas"]["BackupRestoreRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    list_vms: {
        parameters: {
            query?: {
                /** @description Name or id */
                pool?: string | null;
                /** @description Name or id */
                server?: string | null;
                power?: components["schemas"]["Power"] | null;
                tag?: string | null;
                name?: string | null;
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "name": "web1",
                     *           "pool": {
                     *             "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *             "name": "pool1"
                     *           },
                     *           "server": {
                     *             "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *             "name": "pool1"
                     *           },
                     *           "power": "running",
                     *           "wanted": "on",
                     *           "guarded": false,
                     *           "busy": {
                     *             "job": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *             "kind": "vm.start"
                     *           },
                     *           "config": {
                     *             "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *             "name": "web1",
                     *             "memory": 32,
                     *             "max_memory": 32,
                     *             "vcpus": 1,
                     *             "max_vcpus": 1,
                     *             "cpu_weight": 100,
                     *             "cpu_cap": 0,
                     *             "io_weight": 100,
                     *             "boot": [
                     *               "disk"
                     *             ],
                     *             "disks": [],
                     *             "vifs": [],
                     *             "keyboard": "en-us",
                     *             "description": "",
                     *             "tags": [],
                     *             "preferred_servers": [],
                     *             "ha": false,
                     *             "restart_priority": 100
                     *           },
                     *           "generation": 7,
                     *           "repository": {
                     *             "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *             "name": "pool1"
                     *           },
                     *           "problem": "text",
                     *           "pending": {},
                     *           "guest": {
                     *             "uptime": 1,
                     *             "memory": 1,
                     *             "cpu_time": 1,
                     *             "reason": "text"
                     *           }
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_Vm_"];
                };
            };
        };
    };
    create_vm: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "pool": "pool1",
                 *       "name": "web1",
                 *       "template": "tiny",
                 *       "repository": "web1",
                 *       "memory": 32,
                 *       "max_memory": 32,
                 *       "vcpus": 1,
                 *       "max_vcpus": 1,
                 *       "cpu_weight": 100,
                 *       "cpu_cap": 0,
                 *       "io_weight": 100,
                 *       "boot": [
                 *         "disk"
                 *       ],
                 *       "disks": [],
                 *       "cdrom": "debian-12",
                 *       "vifs": [],
                 *       "cloud_init": {
                 *         "hostname": "web1.example.com",
                 *         "user": "anna",
                 *         "password_hash": "text",
                 *         "ssh_keys": [
                 *           "ssh-ed25519 AAAA anna@desk"
                 *         ],
                 *         "networks": [],
                 *         "user_data": "text"
                 *       },
                 *       "keyboard": "en-us",
                 *       "description": "",
                 *       "tags": [],
                 *       "preferred_servers": [],
                 *       "ha": false,
                 *       "restart_priority": 100,
                 *       "cloning": "auto",
                 *       "start": false,
                 *       "on": "web1",
                 *       "force": false
                 *     }
                 */
                "application/json": components["schemas"]["VmCreateRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    show_vm: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "name": "web1",
                     *       "pool": {
                     *         "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "name": "pool1"
                     *       },
                     *       "server": {
                     *         "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "name": "pool1"
                     *       },
                     *       "power": "running",
                     *       "wanted": "on",
                     *       "guarded": false,
                     *       "busy": {
                     *         "job": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "kind": "vm.start"
                     *       },
                     *       "config": {
                     *         "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "name": "web1",
                     *         "memory": 32,
                     *         "max_memory": 32,
                     *         "vcpus": 1,
                     *         "max_vcpus": 1,
                     *         "cpu_weight": 100,
                     *         "cpu_cap": 0,
                     *         "io_weight": 100,
                     *         "boot": [
                     *           "disk"
                     *         ],
                     *         "disks": [],
                     *         "vifs": [],
                     *         "keyboard": "en-us",
                     *         "description": "",
                     *         "tags": [],
                     *         "preferred_servers": [],
                     *         "ha": false,
                     *         "restart_priority": 100
                     *       },
                     *       "generation": 7,
                     *       "repository": {
                     *         "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "name": "pool1"
                     *       },
                     *       "problem": "text",
                     *       "pending": {},
                     *       "guest": {
                     *         "uptime": 1,
                     *         "memory": 1,
                     *         "cpu_time": 1,
                     *         "reason": "text"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Vm"];
                };
            };
        };
    };
    delete_vm: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
                keep_disks?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
                /** @description Only if the object's ETag still is this, such as `"7"`, or `*` (RFC 9110) */
                "If-Match"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    edit_vm: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
                force?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
                /** @description Only if the object's ETag still is this, such as `"7"`, or `*` (RFC 9110) */
                "If-Match"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "web1",
                 *       "memory": 32,
                 *       "max_memory": 32,
                 *       "vcpus": 1,
                 *       "max_vcpus": 1,
                 *       "cpu_weight": 1,
                 *       "cpu_cap": 1,
                 *       "io_weight": 1,
                 *       "boot": [
                 *         "disk"
                 *       ],
                 *       "keyboard": "en-us",
                 *       "description": "",
                 *       "tags": [
                 *         "web"
                 *       ],
                 *       "preferred_servers": [
                 *         "web1"
                 *       ],
                 *       "ha": false,
                 *       "restart_priority": 1,
                 *       "vifs": [
                 *         {
                 *           "bridge": "xenbr0",
                 *           "mac": "00:16:3e:1a:2b:3c",
                 *           "model": "virtio",
                 *           "rate_limit": 1
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["VmChanges"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    import_vm: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "pool": "pool1",
                 *       "path": "/var/lib/millpond/import/web1.ova",
                 *       "name": "web1",
                 *       "repository": "web1",
                 *       "option": "",
                 *       "system": "",
                 *       "networks": {
                 *         "VM Network": "xenbr0"
                 *       },
                 *       "new_macs": false,
                 *       "format": "raw",
                 *       "drivers": false,
                 *       "on": "web1"
                 *     }
                 */
                "application/json": components["schemas"]["VmImportRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    export_vm: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "format": "ova",
                 *       "disks": "vmdk",
                 *       "file": "web1"
                 *     }
                 */
                "application/json": components["schemas"]["VmExportRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    start_vm: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "on": "web1",
                 *       "force": false
                 *     }
                 */
                "application/json": components["schemas"]["VmStartRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    stop_vm: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "timeout": 60,
                 *       "force": false
                 *     }
                 */
                "application/json": components["schemas"]["VmStopRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    kill_vm: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    reboot_vm: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "timeout": 60,
                 *       "force": false
                 *     }
                 */
                "application/json": components["schemas"]["VmStopRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    reset_vm: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    pause_vm: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    unpause_vm: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    suspend_vm: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    resume_vm: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "on": "web1",
                 *       "force": false
                 *     }
                 */
                "application/json": components["schemas"]["VmResumeRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    migrate_vm: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "to": "web1",
                 *       "live": true,
                 *       "options": {
                 *         "bandwidth": 0,
                 *         "parallel": 0,
                 *         "auto_converge": false,
                 *         "post_copy": false,
                 *         "max_downtime": 1
                 *       },
                 *       "force": false
                 *     }
                 */
                "application/json": components["schemas"]["VmMigrateRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    move_vm: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "repository": "data1",
                 *       "rate": 0
                 *     }
                 */
                "application/json": components["schemas"]["VmMoveRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    add_vif: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "bridge": "xenbr0",
                 *       "mac": "00:16:3e:1a:2b:3c",
                 *       "model": "virtio",
                 *       "rate_limit": 1
                 *     }
                 */
                "application/json": components["schemas"]["NewVif"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    remove_vif: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example 00:16:3e:1a:2b:3c */
                mac: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    edit_vif: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example 00:16:3e:1a:2b:3c */
                mac: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "bridge": "xenbr0",
                 *       "rate_limit": 1
                 *     }
                 */
                "application/json": components["schemas"]["VifEditRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    add_disk: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "target": "vdb",
                 *       "size": 1073741824,
                 *       "format": "raw",
                 *       "device": "/dev/mapper/ovmdata1",
                 *       "thick": false
                 *     }
                 */
                "application/json": components["schemas"]["FreshDisk"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    attach_disk: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "source": "shared:quorum",
                 *       "target": "vdb",
                 *       "format": "raw",
                 *       "readonly": false,
                 *       "sharable": false
                 *     }
                 */
                "application/json": components["schemas"]["DiskAttachRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    remove_disk: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example vda */
                target: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    edit_disk: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example vda */
                target: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "iops_limit": 1,
                 *       "rate_limit": 1
                 *     }
                 */
                "application/json": components["schemas"]["DiskEditRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    grow_disk: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example vda */
                target: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "size": 1048576
                 *     }
                 */
                "application/json": components["schemas"]["DiskGrowRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    detach_disk: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example vda */
                target: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    move_disk: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example vda */
                target: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "repository": "data1",
                 *       "rate": 0
                 *     }
                 */
                "application/json": components["schemas"]["DiskMoveRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    insert_cd: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "iso": "web1"
                 *     }
                 */
                "application/json": components["schemas"]["CdInsertRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    eject_cd: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    console_log: {
        parameters: {
            query?: {
                /** @description How many at most */
                bytes?: number;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    open_console: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "kind": "serial"
                 *     }
                 */
                "application/json": components["schemas"]["ConsoleRequest"] | null;
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ticket": "text",
                     *       "url": "/api/v1/consoles/Zk3y7v0c",
                     *       "expires": 1
                     *     }
                     */
                    "application/json": components["schemas"]["ConsoleTicket"];
                };
            };
        };
    };
    list_jobs: {
        parameters: {
            query?: {
                state?: components["schemas"]["JobState"] | null;
                /** @description Such as `vm:` and its id */
                subject?: string | null;
                kind?: string | null;
                user?: string | null;
                parent?: string | null;
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "kind": "vm.start",
                     *           "state": "queued",
                     *           "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "subject_name": "web1",
                     *           "user": "admin",
                     *           "created": 1,
                     *           "started": 1,
                     *           "ended": 1,
                     *           "step": "text",
                     *           "steps": [
                     *             {
                     *               "n": 1,
                     *               "name": "place",
                     *               "state": "waiting",
                     *               "error": {}
                     *             }
                     *           ],
                     *           "progress": {
                     *             "percent": 1,
                     *             "done": 1,
                     *             "total": 1,
                     *             "rate": 1,
                     *             "seconds_left": 1,
                     *             "message": ""
                     *           },
                     *           "error": {},
                     *           "result": {},
                     *           "cancel_requested": false,
                     *           "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "spec": {}
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_Job_"];
                };
            };
        };
    };
    show_job: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    wait_for_job: {
        parameters: {
            query?: {
                /** @description Seconds */
                timeout?: number;
            };
            header?: never;
            path: {
                /** @example 0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    cancel_job: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    resume_job: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    follow_events: {
        parameters: {
            query?: never;
            header?: {
                /** @description The number of the last event seen: the stream goes on after it */
                "Last-Event-ID"?: number | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
        };
    };
    list_events: {
        parameters: {
            query?: {
                kind?: string | null;
                /** @description Such as `vm:` and its id */
                subject?: string | null;
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "seq": 1,
                     *           "time": 1,
                     *           "kind": "vm",
                     *           "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "data": {}
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_Event_"];
                };
            };
        };
    };
    live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": false
                     *     }
                     */
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": false
                     *     }
                     */
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    show_cloud_init: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "instance": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "hostname": "text",
                     *       "network_config": "text",
                     *       "user_data_kind": "text",
                     *       "user_data_size": 1
                     *     }
                     */
                    "application/json": components["schemas"]["SeedFacts"];
                };
            };
        };
    };
    set_cloud_init: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "hostname": "web1.example.com",
                 *       "user": "anna",
                 *       "password_hash": "text",
                 *       "ssh_keys": [
                 *         "ssh-ed25519 AAAA anna@desk"
                 *       ],
                 *       "networks": [],
                 *       "user_data": "text"
                 *     }
                 */
                "application/json": components["schemas"]["CloudInit"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    detach_cloud_init: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    clone_vm: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "web2",
                 *       "repository": "web1",
                 *       "cloning": "auto",
                 *       "cloud_init": {
                 *         "hostname": "web1.example.com",
                 *         "user": "anna",
                 *         "password_hash": "text",
                 *         "ssh_keys": [
                 *           "ssh-ed25519 AAAA anna@desk"
                 *         ],
                 *         "networks": [],
                 *         "user_data": "text"
                 *       },
                 *       "start": false,
                 *       "on": "web1",
                 *       "force": false
                 *     }
                 */
                "application/json": components["schemas"]["VmCloneRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    clone_vm_many_times: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "pattern": "web-{:02}",
                 *       "count": 50,
                 *       "first": 1,
                 *       "repository": "web1",
                 *       "cloning": "auto",
                 *       "start": false,
                 *       "force": false
                 *     }
                 */
                "application/json": components["schemas"]["VmCloneManyRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    save_as_template: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "golden",
                 *       "repository": "web1",
                 *       "description": ""
                 *     }
                 */
                "application/json": components["schemas"]["VmSaveTemplateRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    begin_warm_import: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "pool": "pool1",
                 *       "path": "/var/lib/millpond/import/web1.ova",
                 *       "name": "web1",
                 *       "repository": "web1",
                 *       "option": "",
                 *       "system": "",
                 *       "networks": {
                 *         "VM Network": "xenbr0"
                 *       },
                 *       "new_macs": false,
                 *       "format": "raw",
                 *       "drivers": false,
                 *       "on": "web1"
                 *     }
                 */
                "application/json": components["schemas"]["WarmImportRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    sync_warm_import: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    cut_over_warm_import: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    cancel_warm_import: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    list_snapshots: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "before-upgrade",
                     *           "created": 1,
                     *           "parent": "text",
                     *           "current": false,
                     *           "memory": false,
                     *           "deleting": false,
                     *           "schedule": "text",
                     *           "description": "text",
                     *           "config": {
                     *             "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *             "name": "web1",
                     *             "memory": 32,
                     *             "max_memory": 32,
                     *             "vcpus": 1,
                     *             "max_vcpus": 1,
                     *             "cpu_weight": 100,
                     *             "cpu_cap": 0,
                     *             "io_weight": 100,
                     *             "boot": [
                     *               "disk"
                     *             ],
                     *             "disks": [],
                     *             "vifs": [],
                     *             "keyboard": "en-us",
                     *             "description": "",
                     *             "tags": [],
                     *             "preferred_servers": [],
                     *             "ha": false,
                     *             "restart_priority": 100
                     *           }
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_Snapshot_"];
                };
            };
        };
    };
    create_snapshot: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "snapshot": "before-upgrade",
                 *       "description": "",
                 *       "memory": false,
                 *       "quiesce": false
                 *     }
                 */
                "application/json": components["schemas"]["SnapshotCreateRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    show_snapshot: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                snapshot: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "before-upgrade",
                     *       "created": 1,
                     *       "parent": "text",
                     *       "current": false,
                     *       "memory": false,
                     *       "deleting": false,
                     *       "schedule": "text",
                     *       "description": "text",
                     *       "config": {
                     *         "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *         "name": "web1",
                     *         "memory": 32,
                     *         "max_memory": 32,
                     *         "vcpus": 1,
                     *         "max_vcpus": 1,
                     *         "cpu_weight": 100,
                     *         "cpu_cap": 0,
                     *         "io_weight": 100,
                     *         "boot": [
                     *           "disk"
                     *         ],
                     *         "disks": [],
                     *         "vifs": [],
                     *         "keyboard": "en-us",
                     *         "description": "",
                     *         "tags": [],
                     *         "preferred_servers": [],
                     *         "ha": false,
                     *         "restart_priority": 100
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Snapshot"];
                };
            };
        };
    };
    delete_snapshot: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                snapshot: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    revert_snapshot: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                snapshot: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "force": false
                 *     }
                 */
                "application/json": components["schemas"]["SnapshotRevertRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    list_schedules: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "schedule": {
                     *             "name": "nightly",
                     *             "first": 1,
                     *             "every": 86400,
                     *             "keep": 7,
                     *             "quiesce": false,
                     *             "memory": false,
                     *             "backup": {
                     *               "repository": "data1",
                     *               "directory": "/OVS",
                     *               "server": "web1"
                     *             }
                     *           },
                     *           "last": 1,
                     *           "next": 1,
                     *           "snapshots": 1,
                     *           "failure": {
                     *             "error": "text",
                     *             "job": "text"
                     *           }
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_ScheduleView_"];
                };
            };
        };
    };
    set_schedule: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "nightly",
                 *       "first": 1,
                 *       "every": 86400,
                 *       "keep": 7,
                 *       "quiesce": false,
                 *       "memory": false,
                 *       "backup": {
                 *         "repository": "data1",
                 *         "directory": "/OVS",
                 *         "server": "web1"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["Schedule"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    run_schedule: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                schedule: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "due": 1
                 *     }
                 */
                "application/json": components["schemas"]["ScheduleRunRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    delete_schedule: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                schedule: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    list_exports: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "text",
                     *           "size": 1,
                     *           "modified": 1,
                     *           "version": "text"
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_ExportedFile_"];
                };
            };
        };
    };
    download_export: {
        parameters: {
            query?: never;
            header?: {
                /** @description One range of bytes (RFC 9110, 14.2) */
                Range?: string | null;
                /** @description The ETag that the range is of */
                "If-Range"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example text */
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
        };
    };
    list_arrays: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *           "name": "cx4",
                     *           "kind": "navisphere",
                     *           "addresses": [
                     *             "text"
                     *           ],
                     *           "user": "text",
                     *           "created": 1
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_Array_"];
                };
            };
        };
    };
    add_array: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "cx4",
                 *       "kind": "navisphere",
                 *       "addresses": [
                 *         "192.0.2.31",
                 *         "192.0.2.32"
                 *       ],
                 *       "user": "admin",
                 *       "password": "its password",
                 *       "scope": 0
                 *     }
                 */
                "application/json": components["schemas"]["NewArray"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "name": "cx4",
                     *       "kind": "navisphere",
                     *       "addresses": [
                     *         "text"
                     *       ],
                     *       "user": "text",
                     *       "created": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Array"];
                };
            };
        };
    };
    show_array: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "name": "cx4",
                     *       "kind": "navisphere",
                     *       "addresses": [
                     *         "text"
                     *       ],
                     *       "user": "text",
                     *       "created": 1,
                     *       "health": {
                     *         "serial": "text",
                     *         "model": "text",
                     *         "answers": {},
                     *         "faults": []
                     *       },
                     *       "well": false,
                     *       "pools": [
                     *         {
                     *           "name": "text",
                     *           "size": 1,
                     *           "free": 1,
                     *           "subscribed": 1,
                     *           "state": "text"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ArrayView"];
                };
            };
        };
    };
    remove_array: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_array_luns: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "number": 1,
                     *           "name": "text",
                     *           "uid": "6006016012603d00956338879d69e511",
                     *           "size": 1,
                     *           "used": 1,
                     *           "pool": "text",
                     *           "thin": false,
                     *           "owner": "text",
                     *           "state": "text"
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_ArrayLun_"];
                };
            };
        };
    };
    list_array_ports: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "sp": "text",
                     *           "number": 1,
                     *           "iqn": "iqn.1992-04.com.emc:cx.apm00153042305.a0",
                     *           "address": "192.0.2.11"
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_ArrayPort_"];
                };
            };
        };
    };
    list_array_groups: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "text",
                     *           "hosts": [
                     *             {
                     *               "name": "text",
                     *               "initiator": "iqn.1993-08.org.debian:01:e57138cd5b4",
                     *               "ports": [
                     *                 "A-4"
                     *               ]
                     *             }
                     *           ],
                     *           "luns": [
                     *             {
                     *               "hlu": 1,
                     *               "lun": 1
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_StorageGroup_"];
                };
            };
        };
    };
    list_array_snapshots: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "text",
                     *           "kind": "snap",
                     *           "luns": [
                     *             1
                     *           ],
                     *           "group": "",
                     *           "created": "",
                     *           "shown_as": []
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_ArraySnapshot_"];
                };
            };
        };
    };
    list_array_mirrors: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "text",
                     *           "kind": "sync",
                     *           "lun": 1,
                     *           "primary": false,
                     *           "status": "Mirrored",
                     *           "faulted": false,
                     *           "images": [
                     *             {
                     *               "state": "Synchronized",
                     *               "condition": "Normal",
                     *               "rate": "",
                     *               "progress": 1,
                     *               "behind": 1
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_ArrayMirror_"];
                };
            };
        };
    };
    list_array_migrations: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "source": 1,
                     *           "source_name": "text",
                     *           "destination": 1,
                     *           "destination_name": "text",
                     *           "rate": "MEDIUM",
                     *           "state": "MIGRATING",
                     *           "progress": 1,
                     *           "left": "text"
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_ArrayMigration_"];
                };
            };
        };
    };
    show_array_qos: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "policies": [],
                     *       "classes": []
                     *     }
                     */
                    "application/json": components["schemas"]["ArrayQos"];
                };
            };
        };
    };
    list_array_performance: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "number": 1,
                     *           "name": "text",
                     *           "reads": 1,
                     *           "writes": 1,
                     *           "bytes_read": 1,
                     *           "bytes_written": 1,
                     *           "response": 1
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_LunLoad_"];
                };
            };
        };
    };
    list_luns: {
        parameters: {
            query?: {
                /** @description How many at most */
                limit?: number;
                /** @description ``next`` of the page before */
                after?: string | null;
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "name": "data1",
                     *           "pool": "text",
                     *           "array": "text",
                     *           "number": 1,
                     *           "uid": "text",
                     *           "size": 1,
                     *           "thin": false,
                     *           "group": "text",
                     *           "hlu": 1,
                     *           "ports": [
                     *             {
                     *               "sp": "text",
                     *               "number": 1,
                     *               "iqn": "iqn.1992-04.com.emc:cx.apm00153042305.a0",
                     *               "address": "192.0.2.11"
                     *             }
                     *           ],
                     *           "device": "/dev/mapper/data1",
                     *           "vms": [
                     *             "text"
                     *           ]
                     *         }
                     *       ],
                     *       "next": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_LunView_"];
                };
            };
        };
    };
    create_lun: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "data1",
                 *       "array": "cx4",
                 *       "array_pool": "pool",
                 *       "size": 536870912000,
                 *       "thin": true
                 *     }
                 */
                "application/json": components["schemas"]["LunCreateRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    delete_lun: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: {
                /** @description The same key and request again: the same job again */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @example web1 */
                key: string;
                /** @example web1 */
                lun: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With `dry_run`: what would be done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": {}
                     *     }
                     */
                    "application/json": components["schemas"]["PlanReply"];
                };
            };
            /** @description Accepted: follow the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "kind": "vm.start",
                     *       "state": "queued",
                     *       "subject": "vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "subject_name": "web1",
                     *       "user": "admin",
                     *       "created": 1,
                     *       "started": 1,
                     *       "ended": 1,
                     *       "step": "text",
                     *       "steps": [
                     *         {
                     *           "n": 1,
                     *           "name": "place",
                     *           "state": "waiting",
                     *           "error": {}
                     *         }
                     *       ],
                     *       "progress": {
                     *         "percent": 1,
                     *         "done": 1,
                     *         "total": 1,
                     *         "rate": 1,
                     *         "seconds_left": 1,
                     *         "message": ""
                     *       },
                     *       "error": {},
                     *       "result": {},
                     *       "cancel_requested": false,
                     *       "parent": "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11",
                     *       "spec": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
        };
    };
    vm_samples: {
        parameters: {
            query?: {
                /** @description The last hour by 20 s, or the last day by 5 minutes */
                span?: components["schemas"]["Span"];
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "start": 1,
                     *       "step": 20,
                     *       "cpu": [
                     *         12.5,
                     *         80
                     *       ],
                     *       "memory": [
                     *         1073741824,
                     *         1077936128
                     *       ],
                     *       "disk_read": [
                     *         0,
                     *         65536
                     *       ],
                     *       "disk_write": [
                     *         4096,
                     *         65536
                     *       ],
                     *       "net_rx": [
                     *         512,
                     *         0
                     *       ],
                     *       "net_tx": [
                     *         512,
                     *         0
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["VmSamples"];
                };
            };
        };
    };
    server_samples: {
        parameters: {
            query?: {
                /** @description The last hour by 20 s, or the last day by 5 minutes */
                span?: components["schemas"]["Span"];
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "start": 1,
                     *       "step": 20,
                     *       "cpu": [
                     *         12.5,
                     *         80
                     *       ],
                     *       "memory": [
                     *         1073741824,
                     *         1077936128
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ServerSamples"];
                };
            };
        };
    };
    array_samples: {
        parameters: {
            query?: {
                /** @description Of one SP (A, B), or of the LUN with this number; left out, of all */
                of?: string;
                /** @description The last hour by 20 s, or the last day by 5 minutes */
                span?: components["schemas"]["Span"];
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "start": 1,
                     *       "step": 20,
                     *       "reads": [
                     *         120,
                     *         95.5
                     *       ],
                     *       "writes": [
                     *         40,
                     *         0
                     *       ],
                     *       "bytes_read": [
                     *         983040,
                     *         782336
                     *       ],
                     *       "bytes_written": [
                     *         327680,
                     *         0
                     *       ],
                     *       "response": [
                     *         0.8,
                     *         1.25
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ArraySamples"];
                };
            };
        };
    };
    describe_vm: {
        parameters: {
            query?: {
                /** @description In which words */
                notation?: components["schemas"]["Notation"];
            };
            header?: never;
            path: {
                /** @example web1 */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "text": "text",
                     *       "lost": [
                     *         "tags: web: no other product has them"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["VmDescription"];
                };
            };
        };
    };
    version: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "version": "0.1.0",
                     *       "api": "v1"
                     *     }
                     */
                    "application/json": components["schemas"]["Version"];
                };
            };
        };
    };
}
