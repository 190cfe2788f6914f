import ca.uhn.fhir.batch2.jobs.config.Batch2JobsConfig;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.config.ThreadPoolFactoryConfig;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.batch2.JpaBatch2Config;
import ca.uhn.fhir.jpa.binstore.DatabaseBinaryContentStorageSvcImpl;
import ca.uhn.fhir.jpa.config.HapiJpaConfig;
import ca.uhn.fhir.jpa.config.HibernatePropertiesProvider;
import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import ca.uhn.fhir.jpa.config.util.HapiEntityManagerFactoryUtil;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.config.SubscriptionSettings;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirH2Dialect;
import ca.uhn.fhir.jpa.provider.IJpaSystemProvider;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.jpa.subscription.channel.config.SubscriptionChannelConfig;
import ca.uhn.fhir.narrative2.NullNarrativeGenerator;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.HardcodedServerAddressStrategy;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.interceptor.CorsInterceptor;
import ca.uhn.fhir.rest.server.interceptor.ResponseHighlighterInterceptor;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import jakarta.persistence.EntityManagerFactory;
import java.util.Properties;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.web.cors.CorsConfiguration;

/**
 * A HAPI FHIR R4 JPA server on 127.0.0.1, H2 in memory, for the tests of package servers. Usage: HapiMain [port] (0 = free
 * port). It ends when its standard input does: a test that dies in whatever way leaves no server behind.
 */
public class HapiMain {

  public static void main(String[] args) throws Exception {
    long t0 = System.nanoTime();
    endWithInput();
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 0;
    AnnotationConfigApplicationContext ctx = new AnnotationConfigApplicationContext(Config.class);
    RestfulServer fhir = ctx.getBean(RestfulServer.class);

    Server jetty = new Server();
    ServerConnector connector = new ServerConnector(jetty);
    connector.setHost("127.0.0.1");
    connector.setPort(port);
    jetty.addConnector(connector);
    ServletContextHandler web = new ServletContextHandler();
    web.setContextPath("/");
    ServletHolder holder = new ServletHolder("fhir", fhir);
    holder.setInitOrder(1);
    web.addServlet(holder, "/fhir/*");
    jetty.setHandler(web);
    // -Dhapi.base=https://ehr.example/fhir fixes the base URL in links; otherwise it comes from the Host header
    String base = System.getProperty("hapi.base");
    if (base != null) {
      fhir.setServerAddressStrategy(new HardcodedServerAddressStrategy(base));
    }
    jetty.start();
    System.out.printf("listening on http://127.0.0.1:%d/fhir after %.1f s%n", connector.getLocalPort(),
        (System.nanoTime() - t0) / 1e9);
    System.out.flush();
    jetty.join();
  }

  private static void endWithInput() {
    Thread t = new Thread(() -> {
      try {
        while (System.in.read() >= 0) {
          // nothing is said on it; its end is what counts
        }
      } catch (java.io.IOException e) {
        // as good as the end
      }
      Runtime.getRuntime().halt(0); // all is in memory: nothing to put in order
    }, "end-with-input");
    t.setDaemon(true);
    t.start();
  }

  @Configuration
  @Import({JpaR4Config.class, HapiJpaConfig.class, JpaBatch2Config.class, Batch2JobsConfig.class,
      SubscriptionChannelConfig.class, ThreadPoolFactoryConfig.class})
  public static class Config {

    @Bean
    public JpaStorageSettings storageSettings() {
      JpaStorageSettings s = new JpaStorageSettings();
      s.setHibernateSearchIndexFullText(false);
      s.setHibernateSearchIndexSearchParams(false);
      s.setSchedulingDisabled(true);
      s.setEnableTaskPreExpandValueSets(false);
      s.setPreExpandValueSets(false);
      s.setAllowMultipleDelete(true);
      s.setReuseCachedSearchResultsForMillis(null); // every search sees the newest data
      s.setResourceClientIdStrategy(JpaStorageSettings.ClientIdStrategyEnum.ANY); // PUT Patient/1 works
      s.setResourceServerIdStrategy(JpaStorageSettings.IdStrategyEnum.UUID); // so server ids cannot clash with those
      s.setEnforceReferentialIntegrityOnWrite(!Boolean.getBoolean("hapi.lax"));
      s.setEnforceReferentialIntegrityOnDelete(!Boolean.getBoolean("hapi.lax"));
      return s;
    }

    @Bean
    public PartitionSettings partitionSettings() {
      return new PartitionSettings();
    }

    @Bean
    public SubscriptionSettings subscriptionSettings() {
      return new SubscriptionSettings();
    }

    @Bean
    public DatabaseBinaryContentStorageSvcImpl binaryStorage() {
      return new DatabaseBinaryContentStorageSvcImpl();
    }

    @Bean(destroyMethod = "close")
    public DataSource dataSource() {
      BasicDataSource ds = new BasicDataSource();
      ds.setDriver(new org.h2.Driver());
      ds.setUrl("jdbc:h2:mem:hapi;DB_CLOSE_DELAY=-1");
      ds.setUsername("sa");
      ds.setPassword("");
      ds.setMaxTotal(20);
      return ds;
    }

    @Bean
    @Primary
    public HibernatePropertiesProvider hibernatePropertiesProvider() {
      return new HibernatePropertiesProvider() {
        private final HapiFhirH2Dialect dialect = new HapiFhirH2Dialect();

        @Override
        public org.hibernate.dialect.Dialect getDialect() {
          return dialect;
        }
      };
    }

    @Bean
    @Primary
    public LocalContainerEntityManagerFactoryBean entityManagerFactory(DataSource ds, FhirContext fhirContext,
        ConfigurableListableBeanFactory beans, JpaStorageSettings settings) {
      LocalContainerEntityManagerFactoryBean f =
          HapiEntityManagerFactoryUtil.newEntityManagerFactory(beans, fhirContext, settings);
      f.setPersistenceUnitName("HAPI_PU");
      f.setDataSource(ds);
      Properties p = new Properties();
      p.setProperty("hibernate.dialect", HapiFhirH2Dialect.class.getName());
      p.setProperty("hibernate.hbm2ddl.auto", "create");
      p.setProperty("hibernate.jdbc.batch_size", "20");
      p.setProperty("hibernate.cache.use_query_cache", "false");
      p.setProperty("hibernate.cache.use_second_level_cache", "false");
      p.setProperty("hibernate.search.enabled", "false");
      f.setJpaProperties(p);
      return f;
    }

    @Bean
    @Primary
    public JpaTransactionManager transactionManager(EntityManagerFactory emf) {
      return new JpaTransactionManager(emf);
    }

    @Bean
    public RestfulServer restfulServer(FhirContext fhirContext, ResourceProviderFactory resourceProviders,
        IJpaSystemProvider systemProvider, IFhirSystemDao<?, ?> systemDao, JpaStorageSettings settings,
        ISearchParamRegistry searchParams, IValidationSupport validation, DatabaseBackedPagingProvider paging) {
      fhirContext.setNarrativeGenerator(new NullNarrativeGenerator());
      paging.setDefaultPageSize(20);
      paging.setMaximumPageSize(200);
      RestfulServer s = new RestfulServer(fhirContext);
      s.registerProviders(resourceProviders.createProviders());
      s.registerProvider(systemProvider);
      s.setServerConformanceProvider(
          new JpaCapabilityStatementProvider(s, systemDao, settings, searchParams, validation));
      s.setPagingProvider(paging);
      s.setDefaultResponseEncoding(EncodingEnum.JSON);
      s.registerInterceptor(new ResponseHighlighterInterceptor()); // as the public starter does
      if (Boolean.getBoolean("hapi.cors")) {
        s.registerInterceptor(new CorsInterceptor(new CorsConfiguration().applyPermitDefaultValues()));
      }
      return s;
    }
  }
}
